using HiWay.Web.Management;

namespace HiWay.Web;

/// <summary>Puts HiWay together. One line per feature: what it needs (Add…), then what it answers (Map…).</summary>
public static class HiWayApp
{
    /// <summary>Builds the application without starting it; tests call this with their own arguments and settings.</summary>
    /// <param name="args">Command line in the usual .NET form: <c>--urls http://127.0.0.1:5080 --ConnectionStrings:HiWay=…</c>.</param>
    public static async Task<WebApplication> BuildAsync(string[] args)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = args,
            ApplicationName = typeof(HiWayApp).Assembly.GetName().Name,
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.WebHost.UseStaticWebAssets();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddManagement();

        var app = builder.Build();
        app.UseRequestIds();
        app.UseManagement();
        app.MapManagement();
        await Task.CompletedTask;
        return app;
    }
}
