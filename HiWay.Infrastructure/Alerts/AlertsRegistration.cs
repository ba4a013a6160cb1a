using HiWay.Domain.Alerts;
using Microsoft.Extensions.DependencyInjection;

namespace HiWay.Infrastructure.Alerts;

public static class AlertsRegistration
{
    public static IServiceCollection AddAlerts(this IServiceCollection services)
    {
        services.AddSingleton<IAlerts, LoggedAlerts>();
        services.AddSingleton<IWebhooks, Webhooks>();
        return services;
    }
}
