using System.Buffers;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects;

/// <summary>Writes a web source in the neutral form of <see cref="ExtraKinds.UrlCitation"/>.</summary>
internal static class UrlCitations
{
    /// <param name="start">Where in the text the cited words begin; with <paramref name="end"/> 0 and 0 when the upstream does not say.</param>
    /// <param name="contentJson">The words of the source; empty when not given. OpenRouter's field, OpenAI has none.</param>
    public static void Pass(
        IAnswerSink sink, int choice, ReadOnlySpan<byte> urlJson, ReadOnlySpan<byte> titleJson, ReadOnlySpan<byte> contentJson, long start, long end)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        var to = new Utf8Appender(buffer, urlJson.Length + titleJson.Length + contentJson.Length + 160);
        to.Add("{\"type\":\"url_citation\",\"url_citation\":{\"url\":\""u8);
        to.Add(urlJson);
        to.Add("\",\"title\":\""u8);
        to.Add(titleJson);
        to.Add("\",\"start_index\":"u8);
        to.Add(start);
        to.Add(",\"end_index\":"u8);
        to.Add(end);
        if (contentJson.Length > 0)
        {
            to.Add(",\"content\":\""u8);
            to.Add(contentJson);
            to.Add((byte)'"');
        }

        to.Add("}}"u8);
        to.Done();
        sink.Extra(choice, ExtraKinds.UrlCitation, buffer.WrittenSpan);
    }
}
