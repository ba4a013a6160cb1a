using HiWay.Web;

// Socket reads go on where they completed instead of on another thread: the sockets layer reads this once, before the first
// socket exists. See docs/decisions/0002-inline-io.md for what it gives and what it asks of the code.
if (Environment.GetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS") is null)
{
    Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
}

try
{
    // The composition root; HiWayApp reads as a table of contents.
    await using var app = await HiWayApp.BuildAsync(args);
    await app.RunAsync();
    return 0;
}
catch (Exception e) when (StartRefusal.IsOne(e))
{
    Console.Error.WriteLine($"HiWay cannot start. {e.Message}");
    return 1;
}
