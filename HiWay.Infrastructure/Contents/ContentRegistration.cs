using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace HiWay.Infrastructure.Contents;

public static class ContentRegistration
{
    /// <summary>Prompts and answers of the workspaces that keep them.</summary>
    public static IServiceCollection AddContents(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ContentOptions>().Bind(configuration.GetSection(ContentOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ContentOptions>, ContentOptionsCheck>();
        services.AddSingleton<CallContents>();
        services.AddSingleton<ICallContents>(provider => provider.GetRequiredService<CallContents>());
        services.AddHostedService(provider => provider.GetRequiredService<CallContents>());
        return services;
    }
}
