using Microsoft.Extensions.DependencyInjection;

namespace HiWay.Infrastructure.Keys;

public static class KeyRegistration
{
    public static IServiceCollection AddKeys(this IServiceCollection services) => services.AddSingleton<IKeys, ApiKeys>();
}
