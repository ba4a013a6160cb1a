using HiWay.Web.Gateway.Upstream;

namespace HiWay.Web.Gateway.Operations.Providers;

/// <summary>An answer that is handed on as it comes, whatever its status.</summary>
internal sealed class ProviderAnswer(Attempt attempt, Watch watch, HttpResponseMessage response, Stream body, ProviderUsage usage) : UpstreamAnswer(attempt, watch)
{
    public HttpResponseMessage Response { get; } = response;

    /// <summary>Decompressed.</summary>
    public Stream Body { get; } = body;

    public ProviderUsage Usage { get; } = usage;

    public override void Dispose()
    {
        Usage.Dispose();
        Response.Dispose();
        base.Dispose();
    }
}
