using System.Buffers;
using System.Globalization;
using System.Text;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Providers;
using HiWay.Web.Gateway.Clients;

namespace HiWay.Tests.Dialects;

/// <summary>
/// The counterpart of <see cref="EveryFieldTests"/> for answers: what a provider can say beside its words reaches a client of each dialect, whole and
/// streamed, or is named as dropped, or stands in docs/translation.md with the reason why it is not.
/// </summary>
public sealed class AnswerTableTests
{
    private const string Kept = "kept", Named = "named", LeftOut = "left out";

    private static readonly (string Title, IClientDialect Client, UpstreamDialect Own)[] s_clients =
    [
        ("Chat completions", ClientDialects.OpenAiChat, UpstreamDialect.OpenAiChat), ("Responses", ClientDialects.OpenAiResponses, UpstreamDialect.OpenAiResponses),
        ("Messages", ClientDialects.AnthropicMessages, UpstreamDialect.AnthropicMessages),
    ];

    private static readonly (UpstreamDialect Upstream, string Title)[] s_upstreams =
    [
        (UpstreamDialect.OpenAiChat, "OpenAI chat, and those who speak it"), (UpstreamDialect.AnthropicMessages, "Anthropic"), (UpstreamDialect.OpenAiResponses, "OpenAI Responses"), (UpstreamDialect.Gemini, "Gemini"),
        (UpstreamDialect.BedrockConverse, "Bedrock"), (UpstreamDialect.CohereV2, "Cohere"), (UpstreamDialect.OllamaChat, "Ollama"),
    ];

    [Fact]
    public void WhatAnAnswerSays_ArrivesOrIsNamed_OrItIsSaidWhyNot()
    {
        var lost = new List<string>();
        foreach (var feature in AnswerFeatures.All)
        {
            foreach (var (_, client, _) in s_clients)
            {
                lost.AddRange(new[] { false, true }.Where(streamed => Verdict(feature, client, streamed) == "lost").Select(streamed => $"{feature}, to {client.Name}{(streamed ? ", streamed" : "")}"));
            }
        }

        Assert.True(lost.Count == 0, string.Join('\n', lost));
    }

    /// <summary>A reason that nothing needs any more would hide a loss later.</summary>
    [Fact]
    public void WhatIsSaidToBeLeftOut_IsLeftOut()
    {
        foreach (var feature in AnswerFeatures.All)
        {
            foreach (var reason in feature.LeftOut.Keys)
            {
                Assert.True(s_clients.Any(one => new[] { false, true }.Any(streamed => Verdict(feature, one.Client, streamed) == LeftOut && Reason(feature, one.Client, streamed) == feature.LeftOut[reason])), $"{feature}: {reason}");
            }
        }
    }

    [Fact]
    public void EveryDialect_HasFeatures() => Assert.Equal(s_upstreams.Select(one => one.Upstream), AnswerFeatures.All.Select(one => one.From).Distinct());

    /// <summary>The part of docs/translation.md about answers.</summary>
    internal static string Section()
    {
        var text = new StringBuilder("""

            ## What answers say

            The same for what providers say in their answers, whole and streamed. Where client and provider speak one dialect, the answer passes as it is.

            - **kept**: the client finds it where its dialect has it, or where servers that speak the dialect have agreed to put it: `reasoning_content` and
              `reasoning_details` for thinking and its signatures, `extra_content.google.thought_signature` on calls, `annotations`, `citations`, `images`, and `stop_reason`
              for the sequence that stopped a choice. Other providers' signatures travel in `signature`, `data` and `encrypted_content` behind a mark that says whose they are.
            - **named**: the dialect has no place for it; `_hiway.dropped` names it (`answer.logprobs`).
            - **left out**: nothing a client could use; the reason stands below each table.

            """);
        foreach (var (upstream, title) in s_upstreams)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n### From {title}\n\n| what | {string.Join(" | ", s_clients.Select(one => one.Title))} |\n|---|---|---|---|\n");
            var reasons = new List<string>();
            foreach (var feature in AnswerFeatures.All.Where(one => one.From == upstream))
            {
                text.Append(CultureInfo.InvariantCulture, $"| {feature.Name} | {string.Join(" | ", s_clients.Select(one => Cell(feature, one.Client)))} |\n");
                reasons.AddRange(feature.LeftOut.Values.Distinct().Select(reason => $"- {feature.Name}: {reason}.\n"));
            }

            if (reasons.Count > 0)
            {
                text.Append("\nLeft out:\n\n").AppendJoin("", reasons);
            }
        }

        return text.ToString();
    }

    private static string Cell(AnswerFeature feature, IClientDialect client)
    {
        var (whole, streamed) = (Verdict(feature, client, false), Verdict(feature, client, true));
        return whole == streamed ? whole : $"{whole}; streamed: {streamed}";
    }

    private static string Verdict(AnswerFeature feature, IClientDialect client, bool streamed)
    {
        if (s_clients.Single(one => one.Client == client).Own == feature.From)
        {
            return Kept;
        }

        var (plain, always) = Answer(feature.From, null, client, streamed);
        var (answer, dropped) = Answer(feature.From, feature, client, streamed);
        Assert.False(plain.Contains(feature.Marker, StringComparison.Ordinal), $"{feature}: the marker proves nothing.");
        return answer.Contains(feature.Marker, StringComparison.Ordinal) ? Kept
            : dropped.Except(always).Any() ? Named
            : Reason(feature, client, streamed) is not null ? LeftOut
            : "lost";
    }

    private static string? Reason(AnswerFeature feature, IClientDialect client, bool streamed) =>
        feature.LeftOut.GetValueOrDefault(client.Name) ?? (streamed ? feature.LeftOut.GetValueOrDefault($"{client.Name} streamed") : null) ?? feature.LeftOut.GetValueOrDefault("*");

    private static (string Answer, List<string> Dropped) Answer(UpstreamDialect from, AnswerFeature? feature, IClientDialect client, bool streamed)
    {
        var dropped = new List<string>();
        var defaults = new AnswerDefaults("resp_1", "m", 1) { IncludeUsage = true, Dropped = dropped };
        var output = new ArrayBufferWriter<byte>();
        if (streamed)
        {
            var writer = client.NewStreamWriter(output, defaults);
            var reader = UpstreamDialects.For(from).NewStreamReader(writer);
            foreach (var (name, data) in AnswerFeatures.Streamed(from, feature))
            {
                reader.Read(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(data));
            }

            reader.Closed();
            Assert.True(writer.IsEnded, $"{feature?.ToString() ?? from.ToString()}: the stream is not whole.");
            writer.WriteEnding(default);
        }
        else
        {
            var writer = client.NewAnswerWriter(defaults);
            UpstreamDialects.For(from).ReadAnswer(Encoding.UTF8.GetBytes(AnswerFeatures.Whole(from, feature)), writer);
            writer.WriteTo(output, default);
        }

        return (Encoding.UTF8.GetString(output.WrittenSpan), dropped);
    }
}
