using HiWay.Infrastructure.Accounts;
using HiWay.Infrastructure.Database.Entities;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace HiWay.Web.Accounts;

/// <summary>People who sign in: Identity, its cookies, and which paths look at them.</summary>
public static class AccountsSetup
{
    public const string SignInPath = "/login";

    /// <summary>Paths with a say of their own about who may call: keys or an open answer, never a redirect to the sign-in page.</summary>
    private static readonly PathString[] s_programs = ["/v1", "/health", "/metrics"];

    /// <summary>Paths where a session counts but is judged elsewhere (<c>Admission</c>) or not needed.</summary>
    private static readonly PathString[] s_ownRules = ["/api", "/openapi", "/docs"];

    public static IServiceCollection AddAccounts(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddAccountStores(configuration).AddSignInManager().AddClaimsPrincipalFactory<SessionClaims>();
        services.AddAuthentication(IdentityConstants.ApplicationScheme).AddIdentityCookies(cookies =>
        {
            cookies.ApplicationCookie!.Configure(Configure);
            cookies.TwoFactorUserIdCookie!.Configure(cookie => Harden(cookie, "hiway_2fa"));
            cookies.TwoFactorRememberMeCookie!.Configure(cookie => Harden(cookie, "hiway_2fa_known"));
            cookies.ExternalCookie!.Configure(cookie => Harden(cookie, "hiway_external"));
        });

        // Closed unless said otherwise: a page without [AllowAnonymous] asks for a signed-in user.
        services.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
        services.AddAntiforgery(options =>
        {
            options.Cookie.Name = "hiway_antiforgery";
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            options.SuppressXFrameOptionsHeader = true;   // SecurityHeaders writes it for every page
        });

        // A changed password, "sign out everywhere" and a removed second factor end other sessions within this time.
        services.Configure<SecurityStampValidatorOptions>(options => options.ValidationInterval = TimeSpan.FromMinutes(1));
        services.AddHttpContextAccessor();
        services.AddCascadingAuthenticationState();
        services.AddScoped<AuthenticationStateProvider, RevalidatingSession>();
        services.AddScoped<CurrentActor>();
        services.AddSingleton<PublicAddress>();
        services.AddScoped<SignIn>();
        services.AddScoped<Profile>();
        services.AddSingleton<IConfigureOptions<IdentityPasskeyOptions>, PasskeyAddress>();
        services.AddScoped<PasskeyCeremony>();
        services.AddScoped<Passkeys>();
        return services;
    }

    /// <summary>Before everything that asks who the caller is. The gateway's own path stays free of cookies and their cost.</summary>
    public static WebApplication UseAccounts(this WebApplication app)
    {
        // The host would otherwise put both in front of every path by itself.
        IApplicationBuilder pipeline = app;
        pipeline.Properties["__AuthenticationMiddlewareSet"] = true;
        pipeline.Properties["__AuthorizationMiddlewareSet"] = true;
        app.UseWhen(http => !StartsWithAny(http, s_programs), people => people.UseAuthentication());
        app.UseWhen(http => !StartsWithAny(http, s_programs) && !StartsWithAny(http, s_ownRules), people => people.UseAuthorization());
        return app;
    }

    public static void MapAccounts(this IEndpointRouteBuilder app) => app.MapSessionForms();

    private static void Configure(CookieAuthenticationOptions options)
    {
        Harden(options, "hiway_session");
        options.LoginPath = SignInPath;
        options.AccessDeniedPath = "/";
        options.ReturnUrlParameter = "returnUrl";
        options.ExpireTimeSpan = TimeSpan.FromDays(14);
        options.SlidingExpiration = true;
    }

    private static void Harden(CookieAuthenticationOptions options, string name)
    {
        options.Cookie.Name = name;
        options.Cookie.HttpOnly = true;
        options.Cookie.SameSite = SameSiteMode.Lax;   // links in mails arrive signed in; forms elsewhere do not
        options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
    }

    private static bool StartsWithAny(HttpContext http, PathString[] prefixes)
    {
        foreach (var prefix in prefixes)
        {
            if (http.Request.Path.StartsWithSegments(prefix))
            {
                return true;
            }
        }

        return false;
    }
}
