using HiWay.Web;

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
