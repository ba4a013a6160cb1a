using HiWay.Web.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Diagnostics;
using Radzen;

namespace HiWay.Web.Pages;

/// <summary>The Blazor dashboard: one circuit for the pages behind the sign-in, static pages where a cookie is set.</summary>
public static class DashboardRegistration
{
    /// <summary>Paths that programs call; they answer in their own envelopes, never with a page.</summary>
    private static readonly PathString[] s_programs = ["/v1", "/api", "/health", "/metrics", "/openapi", "/_blazor"];

    public static IServiceCollection AddDashboard(this IServiceCollection services)
    {
        services.AddRazorComponents().AddInteractiveServerComponents(circuit =>
        {
            // A page that lost its connection keeps its state this long (a train in a tunnel, a laptop lid).
            circuit.DisconnectedCircuitRetentionPeriod = TimeSpan.FromMinutes(5);
            circuit.DisconnectedCircuitMaxRetained = 200;
        });
        services.AddCascadingAuthenticationState();
        services.AddHttpContextAccessor();
        services.AddRadzenComponents();
        services.AddScoped<CodeTabChoice>();
        services.AddSingleton(_ => new Docs.DocsLibrary(Path.Combine(AppContext.BaseDirectory, "docs")));
        return services;
    }

    /// <summary>Goes first: pages for what went wrong in pages. Programs keep their error envelopes.</summary>
    public static WebApplication UseDashboardErrors(this WebApplication app)
    {
        if (!app.Environment.IsDevelopment())
        {
            app.UseExceptionHandler("/error", createScopeForErrors: true);
        }

        // Not in a branch of the pipeline: a branch cannot route the second execution.
        app.UseStatusCodePagesWithReExecute("/not-found", createScopeForStatusCodePages: true);
        app.Use((http, next) =>
        {
            if (IsForPrograms(http) && http.Features.Get<IStatusCodePagesFeature>() is { } pages)
            {
                pages.Enabled = false;
            }

            return next(http);
        });
        return app;
    }

    public static WebApplication MapDashboard(this WebApplication app)
    {
        app.UseAntiforgery();
        app.MapStaticAssets().AllowAnonymous();
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode();
        return app;
    }

    private static bool IsForPrograms(HttpContext http)
    {
        foreach (var prefix in s_programs)
        {
            if (http.Request.Path.StartsWithSegments(prefix, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
