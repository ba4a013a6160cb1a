using Microsoft.Extensions.DependencyInjection;

namespace HiWay.Infrastructure.StoredResponses;

public static class StoredResponsesRegistration
{
    public static IServiceCollection AddStoredResponses(this IServiceCollection services)
    {
        services.AddSingleton<IStoredResponses, SealedResponses>();
        return services;
    }
}
