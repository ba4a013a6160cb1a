using HiWay.Domain.Alerts;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace HiWay.Infrastructure.Alerts;

public static class AlertsRegistration
{
    /// <summary>Before all features that raise alerts: services stop in the opposite order, and what is raised last is still written.</summary>
    public static IServiceCollection AddAlerts(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(AlertsOptions.From(configuration));
        services.AddSingleton<AlertSignal>();
        services.AddSingleton<AlertsMetrics>();
        services.AddSingleton<DeliveryMaker>();
        services.AddSingleton<ProvidersDown>();
        services.AddSingleton<AlertOutbox>();
        services.AddSingleton<IAlerts>(provider => provider.GetRequiredService<AlertOutbox>());
        services.AddHostedService(provider => provider.GetRequiredService<AlertOutbox>());
        services.AddSingleton<WebhookQueue>();
        services.AddSingleton<WebhookSender>();
        services.AddSingleton<WebhookAttempts>();
        services.AddHostedService<WebhookDispatcher>();
        services.AddHostedService<WebhookRewrap>();
        services.AddSingleton<IWebhooks, Webhooks>();
        services.AddSingleton<IWebhookDeliveries, WebhookDeliveries>();
        return services;
    }
}
