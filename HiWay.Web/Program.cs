using HiWay.Web;

// The composition root; HiWayApp reads as a table of contents.
await using var app = await HiWayApp.BuildAsync(args);
await app.RunAsync();
