using Microsoft.Extensions.DependencyInjection;

namespace HiWay.Infrastructure.EventLoops;

public static class EventLoopsRegistration
{
    /// <summary>The loops, and that calls on them come before the books.</summary>
    public static IServiceCollection AddEventLoops(this IServiceCollection services) =>
        services.AddSingleton<EventLoopGroup>().AddHostedService<CallPrecedence>();
}
