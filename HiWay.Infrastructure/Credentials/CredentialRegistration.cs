using HiWay.Infrastructure.Database;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace HiWay.Infrastructure.Credentials;

public static class CredentialRegistration
{
    /// <summary>The vault of the workspaces' own provider keys.</summary>
    public static IServiceCollection AddCredentials(this IServiceCollection services)
    {
        services.AddSingleton(provider => MasterKeys.From(provider.GetRequiredService<IConfiguration>(), provider.GetRequiredService<DataDirectory>()));
        services.AddSingleton<CredentialVault>();
        return services;
    }
}
