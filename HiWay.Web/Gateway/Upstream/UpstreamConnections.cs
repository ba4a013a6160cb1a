using HiWay.Infrastructure.Egress;
using HiWay.Infrastructure.EventLoops;
using HiWay.Infrastructure.Providers;

namespace HiWay.Web.Gateway.Upstream;

/// <summary>The connections to providers, kept open between calls, and the one provider that lives in this process.</summary>
/// <param name="loops">Null where calls do not run on event loops.</param>
internal sealed class UpstreamConnections(EgressHandlers egress, EventLoopGroup? loops = null) : IDisposable
{
    private readonly HttpMessageInvoker _network = new(egress.CreateForModels(loops));
    private readonly HttpMessageInvoker _test = new(new TestProviderHandler());

    /// <summary>Returns once the answer's headers are there; the body is read as it comes.</summary>
    public Task<HttpResponseMessage> SendAsync(Deployment deployment, HttpRequestMessage request, CancellationToken stop) =>
        (deployment.Provider.Slug == TestProvider.Slug ? _test : _network).SendAsync(request, stop);

    public void Dispose()
    {
        _network.Dispose();
        _test.Dispose();
    }
}
