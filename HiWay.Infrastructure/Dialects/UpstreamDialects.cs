using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Dialects;

/// <summary>Every API that HiWay can call, one instance each; a new dialect is a folder and a line here.</summary>
public static class UpstreamDialects
{
    public static IUpstreamDialect For(UpstreamDialect kind) => kind switch
    {
        UpstreamDialect.OpenAiChat => throw new NotImplementedException(),
        UpstreamDialect.AnthropicMessages => throw new NotImplementedException(),
        UpstreamDialect.Gemini => throw new NotImplementedException(),
    };
}
