using HiWay.Infrastructure.Alerts;
using HiWay.Infrastructure.Budgets;
using HiWay.Infrastructure.Contents;
using HiWay.Infrastructure.Credentials;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Egress;
using HiWay.Infrastructure.Guardian;
using HiWay.Infrastructure.Health;
using HiWay.Infrastructure.Jobs;
using HiWay.Infrastructure.Judging;
using HiWay.Infrastructure.Keys;
using HiWay.Infrastructure.Limits;
using HiWay.Infrastructure.Metering;
using HiWay.Infrastructure.Shield;
using HiWay.Infrastructure.Replay;
using HiWay.Infrastructure.Routing;
using HiWay.Infrastructure.Scores;
using HiWay.Infrastructure.Snapshots;
using HiWay.Infrastructure.StoredResponses;
using HiWay.Web.Accounts;
using HiWay.Web.Database;
using HiWay.Web.Gateway.Transport;
using HiWay.Web.Gateway;
using HiWay.Web.Management;
using HiWay.Web.Pages;
using HiWay.Web.Proxies;
using HiWay.Web.Security;
using HiWay.Web.Telemetry;

namespace HiWay.Web;

/// <summary>Puts HiWay together. One line per feature: what it needs (Add…), then what it answers (Map…).</summary>
public static class HiWayApp
{
    /// <summary>Builds the application without starting it; tests call this with their own arguments and settings.</summary>
    /// <param name="args">Command line in the usual .NET form: <c>--urls http://127.0.0.1:5080 --ConnectionStrings:HiWay=…</c>.</param>
    /// <param name="adjust">Has the last word on services and logging; for tests.</param>
    public static async Task<WebApplication> BuildAsync(string[] args, Action<WebApplicationBuilder>? adjust = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = args,
            ApplicationName = typeof(HiWayApp).Assembly.GetName().Name,
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.WebHost.UseStaticWebAssets();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.ConfigureGatewayTransport();

        // What follows may fail, and until the application owns the database server that it needs, this method does.
        var ownDatabase = await OwnDatabase.StartUnlessNamedAsync(builder.Configuration);
        try
        {
            builder.Services.AddSingleton(_ => ownDatabase);
            AddFeatures(builder);
            adjust?.Invoke(builder);

            var app = builder.Build();
            _ = app.Services.GetRequiredService<OwnDatabase>();   // the first that the application takes is the last that it lets go
            MapFeatures(app);
            return app;
        }
        catch
        {
            await ownDatabase.DisposeAsync();
            throw;
        }
    }

    private static void AddFeatures(WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(DataDirectory.From(builder.Configuration));
        builder.Services.AddDatabase(builder.Configuration);
        builder.Services.AddProxies(builder.Configuration);
        builder.Services.AddAlerts(builder.Configuration);
        builder.Services.AddEgress(builder.Configuration);
        builder.Services.AddHealth();
        builder.Services.AddCredentials();
        builder.Services.AddStoredResponses();
        builder.Services.AddContents(builder.Configuration);
        builder.Services.AddKeys();
        builder.Services.AddSnapshots();
        builder.Services.AddWorkspaceRouting();
        builder.Services.AddReplay();
        builder.Services.AddScores();
        builder.Services.AddJudging();
        builder.Services.AddBudgets(builder.Configuration);
        builder.Services.AddGuardian(builder.Configuration);
        builder.Services.AddShield();
        builder.Services.AddLimits(builder.Configuration);
        builder.Services.AddMetering(builder.Configuration);
        builder.Services.AddJobs(builder.Configuration);
        builder.Services.AddGateway(builder.Configuration);
        builder.Services.AddTelemetry(builder.Configuration);
        builder.Services.AddManagement();
        builder.Services.AddApiDescription();
        builder.Services.AddDashboard();
        builder.Services.AddAccounts(builder.Configuration);
    }

    private static void MapFeatures(WebApplication app)
    {
        app.Use(LoopTurn.RunAsync);
        app.UseRequestIds();
        app.UseProxies();
        app.UseGatewayCrossOrigin();
        app.UseRouting();   // the gateway's routes end here: they take none of what follows
        app.UseSecurityHeaders();
        app.UseDashboardErrors();
        app.UseMiddleware<DatabaseAway>();
        app.UseAccounts();
        app.UseManagement();
        app.MapTelemetry();
        app.MapGateway();
        app.MapAccounts();
        app.MapManagement();
        app.MapApiDescription();
        app.MapDashboard();
    }
}
