using System.Buffers;
using HiWay.Infrastructure.Providers;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.Operations;

/// <summary>Embeddings at upstreams of OpenAI's dialect: the client's own bytes, with what the few that differ call otherwise or refuse.</summary>
internal static class OpenAiEmbeddings
{
    public static Uri Address(Deployment deployment) =>
        // Perplexity has a version before this path only; an own base URL that brings one keeps it.
        OpenAiAddress.Of(deployment, deployment.Provider.Slug == "perplexity" && deployment.BaseUrl.AbsolutePath == "/" ? "v1/embeddings" : "embeddings");

    /// <summary>Token ids are OpenAI's: everyone else has tokenizers of their own or takes none.</summary>
    public static bool TakesTokens(Deployment deployment) =>
        deployment.Provider.Dialect == UpstreamDialect.OpenAiChat && deployment.Provider.Slug is not ("mistral" or "perplexity" or "together" or "fireworks");

    /// <summary>Answers with base64 of signed bytes whatever is asked for (docs.perplexity.ai/docs/embeddings).</summary>
    public static bool SendsBytes(Deployment deployment) => deployment.Provider.Slug == "perplexity";

    public static void Write(ChatBody body, Deployment deployment, IBufferWriter<byte> to, List<string> dropped)
    {
        var bytes = body.Bytes.Span;
        var separator = "{"u8;
        foreach (var member in body.Members)
        {
            if (body.OwnMembers.Contains(member))
            {
                continue;
            }

            var name = bytes[(member.NameStart + 1)..];
            name = name[..name.IndexOf((byte)'"')];
            if (Renamed(deployment.Provider.Slug, name) is not { } sentAs)
            {
                if (!name.SequenceEqual("user"u8) && !name.SequenceEqual("encoding_format"u8))
                {
                    dropped.Add(System.Text.Encoding.UTF8.GetString(name));
                }

                continue;
            }

            to.Write(separator);
            separator = ","u8;
            if (member == body.ModelMember)
            {
                to.Write("\"model\":\""u8);
                to.Write(System.Text.Json.JsonEncodedText.Encode(deployment.Model.UpstreamModel).EncodedUtf8Bytes);
                to.Write("\""u8);
            }
            else
            {
                to.Write("\""u8);
                to.Write(sentAs);
                to.Write("\":"u8);
                to.Write(bytes[member.ValueStart..member.End]);
            }
        }

        to.Write("}"u8);
    }

    /// <summary>The field's name at the provider; null when it refuses the field.</summary>
    private static byte[]? Renamed(string provider, ReadOnlySpan<byte> name)
    {
        // Mistral refuses what its own document does not list (additionalProperties: false).
        if (provider == "mistral")
        {
            return name.SequenceEqual("dimensions"u8) ? "output_dimension"u8.ToArray()
                : name.SequenceEqual("user"u8) || name.SequenceEqual("input_type"u8) ? null
                : name.ToArray();
        }

        return provider == "perplexity" && (name.SequenceEqual("encoding_format"u8) || name.SequenceEqual("user"u8)) ? null : name.ToArray();
    }
}
