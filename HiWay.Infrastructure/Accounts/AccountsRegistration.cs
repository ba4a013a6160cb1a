using HiWay.Infrastructure.Audit;
using HiWay.Infrastructure.Credentials;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Entities;
using HiWay.Infrastructure.Mail;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace HiWay.Infrastructure.Accounts;

public static class AccountsRegistration
{
    /// <summary>OWASP's figure for PBKDF2 with SHA-512 (Password Storage Cheat Sheet, 2025); about 0.1 s.</summary>
    private const int PasswordIterations = 210_000;

    /// <summary>Users, workspaces, members, audit and mail, without anything of the web.</summary>
    public static IdentityBuilder AddAccountStores(this IServiceCollection services, IConfiguration configuration)
    {
        services.Configure<SignupOptions>(configuration.GetSection("Signup"));
        services.Configure<SmtpOptions>(configuration.GetSection("Smtp"));
        services.AddSingleton<AttemptThrottle>();
        services.AddSingleton<IAuditLog, AuditLog>();
        services.AddSingleton<IMailer, Mailer>();
        services.AddSingleton<SecurityMails>();
        services.AddSingleton<IWorkspaces, WorkspaceService>();
        services.AddSingleton<OperatorWorkspaces>();
        services.AddSingleton<IMembers, MemberService>();
        services.AddSingleton<IAccounts, AccountService>();
        services.AddSingleton<IEmailAddresses, EmailAddresses>();
        services.AddSingleton<IDeviceGrants, DeviceGrants>();

        services.AddDataProtection().SetApplicationName("HiWay");
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(provider => new ConfigureOptions<KeyManagementOptions>(
            options =>
            {
                options.XmlRepository = new DataProtectionStore(provider.GetRequiredService<IDbContextFactory<HiWayDb>>());
                options.XmlEncryptor = new DataProtectionSeal(provider.GetRequiredService<MasterKeys>());
            }));

        // Identity's stores want a context of the request; everything else takes short-lived ones from the factory.
        services.TryAddScoped(provider => provider.GetRequiredService<IDbContextFactory<HiWayDb>>().CreateDbContext());
        services.Configure<PasswordHasherOptions>(options => options.IterationCount = PasswordIterations);
        services.Configure<DataProtectionTokenProviderOptions>(options => options.TokenLifespan = TimeSpan.FromHours(2));
        return services.AddIdentityCore<UserRow>(options =>
            {
                options.User.RequireUniqueEmail = true;
                options.User.AllowedUserNameCharacters = "";   // the name is the e-mail address, checked as one
                options.Lockout.MaxFailedAccessAttempts = 5;
                options.Lockout.DefaultLockoutTimeSpan = TimeSpan.FromMinutes(15);
                options.Password.RequiredLength = PasswordRules.MinLength;
                options.Password.RequireDigit = false;
                options.Password.RequireLowercase = false;
                options.Password.RequireUppercase = false;
                options.Password.RequireNonAlphanumeric = false;
            })
            // What AddEntityFrameworkStores would add, but for passkeys with our own column: it looks for Identity's bare rows.
            .AddUserStore<UserOnlyStore<UserRow, HiWayDb, string, IdentityUserClaim<string>, IdentityUserLogin<string>, IdentityUserToken<string>, PasskeyRow>>()
            .AddPasswordValidator<PasswordRules>()
            .AddDefaultTokenProviders()
            .AddTokenProvider<AuthenticatorCodes>(TokenOptions.DefaultAuthenticatorProvider);
    }
}
