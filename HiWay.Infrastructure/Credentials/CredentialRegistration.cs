using HiWay.Infrastructure.Database;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace HiWay.Infrastructure.Credentials;

public static class CredentialRegistration
{
    /// <summary>The workspaces' own provider keys: the vault that seals them and what people do with them.</summary>
    public static IServiceCollection AddCredentials(this IServiceCollection services)
    {
        services.AddSingleton(provider => MasterKeys.From(provider.GetRequiredService<IConfiguration>(), provider.GetRequiredService<DataDirectory>()));
        services.AddSingleton<CredentialVault>();
        services.AddSingleton<TextVault>();
        services.AddSingleton<ProviderTester>();
        services.AddSingleton<ProviderTests>();
        services.AddSingleton<ICredentials, WorkspaceCredentials>();
        services.AddSingleton<IProviderKeys, ProviderKeys>();
        services.AddHostedService<CredentialRewrap>();
        return services;
    }
}
