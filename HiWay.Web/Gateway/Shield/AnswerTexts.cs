using System.Text.Json;
using HiWay.Domain.Routing;
using HiWay.Domain.Shield;

namespace HiWay.Web.Gateway.Shield;

/// <summary>The texts of a whole answer, whatever its dialect calls them.</summary>
internal static class AnswerTexts
{
    /// <summary>No text with a secret in it is shorter, in bytes or characters.</summary>
    public const int ShortestSecret = 12;

    public static PromptCopy Of(ReadOnlySpan<byte> json, PromptRole role = PromptRole.Assistant)
    {
        var texts = new PromptCopy(json.Length);
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 256 });
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length >= ShortestSecret)
                {
                    texts.Add(role, reader.ValueSpan);
                }
            }
        }
        catch (JsonException)
        {
            // What the relay could read was read; the rest is no answer of a model.
        }

        return texts;
    }
}
