using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace HiWay.Infrastructure.Egress;

public static class EgressRegistration
{
    public static IServiceCollection AddEgress(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(EgressOptions.From(configuration));
        services.AddSingleton<EgressHandlers>();
        services.AddSingleton<Dialects.PictureFetch>();
        return services;
    }
}
