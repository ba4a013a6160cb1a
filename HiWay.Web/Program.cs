using HiWay.Web;

try
{
    // The composition root; HiWayApp reads as a table of contents.
    await using var app = await HiWayApp.BuildAsync(args);
    try
    {
        await app.StartAsync();
    }
    catch
    {
        app.Lifetime.StopApplication();   // services that run already end quietly then, and the reason is the last thing that is read
        throw;
    }

    await app.WaitForShutdownAsync();
    return 0;
}
catch (Exception e) when (StartRefusal.Explain(e) is not null)
{
    Console.Error.WriteLine($"HiWay cannot start. {StartRefusal.Explain(e)}");
    return 1;
}
