using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using HiWay.Domain.Pricing;
using HiWay.Domain.Privacy;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.Sse;
using HiWay.Tests.Harness;
using HiWay.Web.Gateway.Shield;
using HiWay.Web.Gateway.Upstream;

namespace HiWay.Tests.Shield;

/// <summary>Whole streams of every client's dialect, several texts side by side and each cut anywhere: the client gets what one look at the whole texts gives.</summary>
public sealed class FilteredStreamPropertyTests
{
    private static readonly JsonSerializerOptions s_relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly string[] s_words =
    [
        "bob@firma.de", "+49 30 901820", "KD-4711", "<EMAIL_1>", "<EMAIL_", "_1>", "<", ">", "\\u003c", "\\", "\"", "\n", "漢字", "😀", "word ", ", ", "EMAIL_1", "sk-", "key=", "https://example.com/a/b-c_d ",
    ];

    private static readonly PiiScanner s_scanner = new(
        [PiiFamily.Email, PiiFamily.Phone, PiiFamily.ApiKey], patterns: [CustomPattern.Parse("kunde", @"\bKD-\d{4}\b")]);

    private static readonly string[] s_secrets = ["sk-proj-Zk3vQ9wL2mN8xR4tY7uB1cD5", "postgres://app:p&w+Zk3vQ9@db", "password=k3J9+xQ2m&Z8vL5", "AKIAIOSFODNN7Q3Z2X4W"];

    /// <summary>One text of an answer and the lengths of its pieces.</summary>
    /// <param name="Escapes">Where it stands in JSON, all that can be is written as \u….</param>
    private sealed record Part(string Text, List<int> Cuts, bool Escapes);

    private static readonly Gen<List<int>> s_cuts = Gen.Choose(1, 9).ListOf().Select(cuts => cuts.ToList());

    private static Gen<Part> PartOf(Gen<string> text) => from said in text from cuts in s_cuts from escapes in Gen.Elements(true, false) select new Part(said, cuts, escapes);

    private static readonly Gen<string> s_text = Gen.Elements(s_words).ListOf().Select(string.Concat);

    public static TheoryData<string> Dialects => ["chat", "completions", "messages", "responses"];

    [Theory]
    [MemberData(nameof(Dialects))]
    public void MaskedValues_ComeBackInEveryText_BeforeItsEnd(string dialect)
    {
        var cases = from parts in PartOf(s_text).ListOf(4) from turns in Gen.Choose(0, 3).ListOf() select (parts: parts.ToList(), turns: turns.ToList());
        Prop.ForAll(cases.ToArbitrary(), one =>
        {
            var (masked, values) = Mask(one.parts.ConvertAll(part => part.Text));
            if (values is null)
            {
                return;
            }

            var (got, filter) = Through(dialect, values, blocks: false, one.parts.Select((part, i) => part with { Text = masked[i] }).ToList(), one.turns);

            Assert.Null(filter.Leak);
            Assert.Equal(one.parts.ConvertAll(part => part.Text), got.Texts);
        }).Hold(400);
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public void ASecretInOneText_StopsAllOfThem_AndNothingOfItGetsOut(string dialect)
    {
        var cases = from parts in PartOf(s_text).ListOf(4)
                    from which in Gen.Choose(0, 3)
                    from secret in Gen.Elements(s_secrets)
                    from turns in Gen.Choose(0, 3).ListOf()
                    select (parts: parts.ToList(), which, secret, turns: turns.ToList());
        Prop.ForAll(cases.ToArbitrary(), one =>
        {
            var before = one.parts[one.which].Text + " ";
            var at = one.secret.IndexOf("p&w", StringComparison.Ordinal) is >= 0 and var password ? password : one.secret.IndexOf('=', StringComparison.Ordinal) + 1;
            var parts = one.parts.Select((part, i) => i == one.which ? part with { Text = before + one.secret + " and more" } : part).ToList();

            var (got, filter) = Through(dialect, null, blocks: true, parts, one.turns);

            Assert.NotNull(filter.Leak);
            Assert.StartsWith(got.Texts[one.which], before + one.secret[..at], StringComparison.Ordinal);
            Assert.DoesNotContain("Q9", got.Bytes, StringComparison.Ordinal);   // in a piece's log-probabilities neither
        }).Hold(400);
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public void AnswersWithoutSecrets_GoOutWhole(string dialect)
    {
        var cases = from parts in PartOf(s_text).ListOf(4) from turns in Gen.Choose(0, 3).ListOf() select (parts: parts.ToList(), turns: turns.ToList());
        Prop.ForAll(cases.ToArbitrary(), one =>
        {
            List<PiiFinding>? found = null;
            one.parts.ForEach(part => PiiScanner.Secrets.Scan(Encoding.UTF8.GetBytes(part.Text), ref found));
            var (got, filter) = Through(dialect, null, blocks: true, one.parts, one.turns);

            Assert.Equal(found is not null, filter.Leak is not null);
            Assert.True(found is not null || one.parts.ConvertAll(part => part.Text).SequenceEqual(got.Texts), string.Join('|', got.Texts));
        }).Hold(400);
    }

    [Fact]
    public void WhatMayBeAPartOfASecret_IsNotGivenAway_WhenTheAnswerBreaksOff()
    {
        using var relay = new FilteredStreamRelay(new Echo(), new AnswerFilter(null, blocksSecrets: true), null, null);
        var to = new ArrayBufferWriter<byte>();
        Send(relay, """{"choices":[{"index":0,"delta":{"content":"The key is sk-proj-Zk3vQ9w"}}]}""", to);

        relay.WriteFailure("upstream_unavailable", "It broke off.", to);

        Assert.Contains("The key is ", Encoding.UTF8.GetString(to.WrittenSpan), StringComparison.Ordinal);
        Assert.DoesNotContain("Zk3", Encoding.UTF8.GetString(to.WrittenSpan), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":"ok"},"message":{"role":"assistant","content":"sk-proj-Zk3vQ9"}}]}""", "Zk3vQ9", false)]
    [InlineData("""{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"f","input":{"key":"sk-proj-Zk3vQ9wL2mN8xR4tY7uB1cD5"}}}""", "Zk3vQ9", true)]
    [InlineData("""{"type":"response.output_item.done","output_index":0,"item":{"type":"function_call","name":"f","arguments":"{\"key\":\"sk-proj-Zk3vQ9wL2mN8xR4tY7uB1cD5\"}"}}""", "Zk3vQ9", true)]
    [InlineData("""{"choices":[{"index":0,"delta":{"annotations":[{"type":"url_citation","url_citation":{"url":"https://example.com/?api_key=sk-proj-Zk3vQ9wL2mN8xR4tY7uB1cD5"}}]}}]}""", "Zk3vQ9", true)]
    public void ASecretThatNoPieceBrings_IsSeenToo(string json, string hidden, bool leaks)
    {
        var filter = new AnswerFilter(null, blocksSecrets: true);
        using var relay = new FilteredStreamRelay(new Echo(), filter, null, null);
        var to = new ArrayBufferWriter<byte>();

        Send(relay, json, to);

        Assert.Equal(leaks, filter.Leak is not null);
        Assert.DoesNotContain(hidden, Encoding.UTF8.GetString(to.WrittenSpan), StringComparison.Ordinal);
    }

    [Fact]
    public void ASourcesAddress_AndASignature_GoOutInOnePiece()
    {
        using var relay = new FilteredStreamRelay(new Echo(), new AnswerFilter(null, blocksSecrets: true), null, null);
        var to = new ArrayBufferWriter<byte>();

        Send(relay, """{"choices":[{"index":0,"delta":{"annotations":[{"type":"url_citation","url_citation":{"url":"https://example.com/a-long-path/of-a-page"}}],"extra_content":{"google":{"thought_signature":"CiQBx0FYQ2lRQng0RllRMmxS"}}}}]}""", to);

        Assert.Contains("https://example.com/a-long-path/of-a-page", Encoding.UTF8.GetString(to.WrittenSpan), StringComparison.Ordinal);
        Assert.Contains("CiQBx0FYQ2lRQng0RllRMmxS", Encoding.UTF8.GetString(to.WrittenSpan), StringComparison.Ordinal);
    }

    private static (List<string> Masked, MaskedValues? Values) Mask(List<string> texts)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(texts, s_relaxed);
        var to = new ArrayBufferWriter<byte>();
        MaskedValues? values = null;
        return (JsonSerializer.Deserialize<List<string>>(JsonMask.Write(json, s_scanner, ref values, to) ? to.WrittenSpan : json)!, values);
    }

    /// <summary>What the client gets of four texts whose pieces come in these turns.</summary>
    private static ((List<string> Texts, string Bytes) Got, AnswerFilter Filter) Through(string name, MaskedValues? values, bool blocks, List<Part> parts, List<int> turns)
    {
        var dialect = new Dialect(name);
        var filter = new AnswerFilter(values, blocks);
        using var relay = new FilteredStreamRelay(new Echo(), filter, null, null);
        var to = new ArrayBufferWriter<byte>();
        var pieces = parts.Select((part, i) => new Queue<string>(Pieces(dialect.IsJson(i) ? JsonSerializer.Serialize(part.Text, part.Escapes ? JsonSerializerOptions.Default : s_relaxed)[1..^1] : part.Text, part.Cuts))).ToList();
        foreach (var turn in turns)
        {
            if (pieces[turn].TryDequeue(out var piece))
            {
                Send(relay, dialect.Piece(turn, piece), to);
            }
        }

        for (var text = 0; text < parts.Count; text++)
        {
            while (pieces[text].TryDequeue(out var piece))
            {
                Send(relay, dialect.Piece(text, piece), to);
            }

            if (dialect.End(text) is { } end)
            {
                Send(relay, end, to);
            }
        }

        Send(relay, "[DONE]", to);
        return (dialect.Read(to.WrittenSpan, filter.Leak is null), filter);
    }

    private static IEnumerable<string> Pieces(string text, List<int> cuts)
    {
        var at = 0;
        foreach (var cut in cuts.Append(int.MaxValue))
        {
            if (at == text.Length)
            {
                yield break;
            }

            // Half a surrogate pair is no text: no provider can send it.
            var end = (int)Math.Min(text.Length, (long)at + cut);
            end += end < text.Length && char.IsLowSurrogate(text[end]) ? 1 : 0;
            yield return text[at..end];
            at = end;
        }
    }

    private static void Send(FilteredStreamRelay relay, string data, ArrayBufferWriter<byte> to)
    {
        using var reader = new SseReader();
        Assert.True(reader.TryRead(Encoding.UTF8.GetBytes($"data: {data}\n\n"), out var sse));
        relay.Take(sse, to);
    }

    /// <summary>Four texts of an answer in one client's dialect.</summary>
    private sealed class Dialect(string name)
    {
        private int _number;

        public bool IsJson(int text) => name switch
        {
            "chat" => text == 3,
            "messages" => text == 2,
            "responses" => text == 1,
            _ => false,
        };

        public string Piece(int text, string piece)
        {
            var json = name switch
            {
                // Choice 0 thinks and speaks; choice 1 refuses and calls.
                "chat" => Choice(text / 2, text switch
                {
                    0 => new JsonObject { ["reasoning_content"] = piece },
                    1 => new JsonObject { ["content"] = piece },
                    2 => new JsonObject { ["refusal"] = piece },
                    _ => new JsonObject { ["tool_calls"] = new JsonArray(new JsonObject { ["index"] = 0, ["function"] = new JsonObject { ["arguments"] = piece } }) },
                }, piece),
                "completions" => new JsonObject { ["object"] = "text_completion", ["choices"] = new JsonArray(new JsonObject { ["index"] = text, ["text"] = piece, ["finish_reason"] = null }) },
                "messages" => new JsonObject
                {
                    ["type"] = "content_block_delta",
                    ["index"] = text,
                    ["delta"] = text == 2 ? new JsonObject { ["type"] = "input_json_delta", ["partial_json"] = piece }
                        : text == 0 ? new JsonObject { ["type"] = "thinking_delta", ["thinking"] = piece }
                        : new JsonObject { ["type"] = "text_delta", ["text"] = piece },
                },
                _ => new JsonObject
                {
                    ["type"] = text switch { 0 => "response.reasoning_summary_text.delta", 1 => "response.function_call_arguments.delta", 2 => "response.refusal.delta", _ => "response.output_text.delta" },
                    ["output_index"] = text == 3 ? 2 : text,
                    [text == 0 ? "summary_index" : "content_index"] = text == 3 ? 1 : 0,
                    ["delta"] = piece,
                    ["logprobs"] = new JsonArray(new JsonObject { ["token"] = piece }),
                    ["sequence_number"] = _number++,
                },
            };
            return json.ToJsonString();
        }

        /// <summary>The event behind which nothing may come of a text any more; null where it goes on with another's.</summary>
        public string? End(int text) => (name switch
        {
            "chat" => text % 2 == 0 ? null : new JsonObject { ["choices"] = new JsonArray(new JsonObject { ["index"] = text / 2, ["delta"] = new JsonObject(), ["finish_reason"] = "stop" }) },
            "completions" => new JsonObject { ["object"] = "text_completion", ["choices"] = new JsonArray(new JsonObject { ["index"] = text, ["text"] = "", ["finish_reason"] = "stop" }) },
            "messages" => new JsonObject { ["type"] = "content_block_stop", ["index"] = text },
            _ => new JsonObject
            {
                ["type"] = text switch { 0 => "response.reasoning_summary_text.done", 1 => "response.function_call_arguments.done", 2 => "response.refusal.done", _ => "response.output_text.done" },
                ["output_index"] = text == 3 ? 2 : text,
                [text == 0 ? "summary_index" : "content_index"] = text == 3 ? 1 : 0,
                ["sequence_number"] = _number++,
            },
        })?.ToJsonString();

        public (List<string> Texts, string Bytes) Read(ReadOnlySpan<byte> stream, bool whole)
        {
            var texts = new StringBuilder[4];
            var ended = new bool[4];
            var numbers = new List<int>();
            for (var i = 0; i < 4; i++)
            {
                texts[i] = new StringBuilder();
            }

            var bytes = Encoding.UTF8.GetString(stream);
            foreach (var line in bytes.Split('\n').Where(line => line.StartsWith("data: {", StringComparison.Ordinal)))
            {
                var json = JsonNode.Parse(line[6..])!.AsObject();
                if (json["sequence_number"] is { } number)
                {
                    numbers.Add(number.GetValue<int>());
                }

                for (var text = 0; text < 4; text++)
                {
                    var piece = PieceOf(json, text);
                    Assert.True(piece.Length == 0 || !ended[text], $"Text {text} goes on behind its end: {line}");
                    texts[text].Append(piece);
                    ended[text] |= Ends(json, text);
                }
            }

            Assert.Equal(Enumerable.Range(0, numbers.Count), numbers);
            Assert.True(!whole || ended.All(end => end));
            return ([.. texts.Select((text, i) => IsJson(i) ? Plain(text.ToString(), whole) : text.ToString())], bytes);
        }

        /// <summary>An answer that was stopped may end in the middle of its JSON.</summary>
        private static string Plain(string json, bool whole) => whole ? JsonSerializer.Deserialize<string>($"\"{json}\"")! : JsonEscapes.Unescape(json, []);

        private string PieceOf(JsonObject json, int text) => (name switch
        {
            "chat" => json["choices"]![0] is { } choice && choice["index"]!.GetValue<int>() == text / 2
                ? text switch { 0 => choice["delta"]!["reasoning_content"], 1 => choice["delta"]!["content"], 2 => choice["delta"]!["refusal"], _ => choice["delta"]!["tool_calls"]?[0]?["function"]?["arguments"] }
                : null,
            "completions" => json["choices"]![0] is { } legacy && legacy["index"]!.GetValue<int>() == text ? legacy["text"] : null,
            "messages" => json["index"]!.GetValue<int>() != text || json["delta"] is not { } delta ? null : delta["text"] ?? delta["thinking"] ?? delta["partial_json"],
            _ => Stands(json, text) ? json["delta"] : null,
        })?.GetValue<string>() ?? "";

        private bool Ends(JsonObject json, int text) => name switch
        {
            "chat" or "completions" => json["choices"]![0] is { } choice && choice["index"]!.GetValue<int>() == (name == "chat" ? text / 2 : text) && choice["finish_reason"] is not null,
            "messages" => json["index"]!.GetValue<int>() == text && json["delta"] is null,
            _ => Stands(json, text) && json["delta"] is null,
        };

        private static bool Stands(JsonObject json, int text) =>
            json["output_index"]!.GetValue<int>() == (text == 3 ? 2 : text) && (text < 2 || json["content_index"]!.GetValue<int>() == (text == 3 ? 1 : 0));

        private static JsonObject Choice(int index, JsonObject delta, string piece) => new()
        {
            ["choices"] = new JsonArray(new JsonObject
            {
                ["index"] = index,
                ["delta"] = delta,
                ["logprobs"] = new JsonObject { ["content"] = new JsonArray(new JsonObject { ["token"] = piece }) },
                ["finish_reason"] = null,
            }),
        };
    }

    /// <summary>Hands on what comes.</summary>
    private sealed class Echo : IStreamRelay
    {
        public bool HasContent => true;

        public bool IsComplete => false;

        public UpstreamError? Failure => null;

        public TokenUsage? Usage => null;

        public long ContentBytes => 0;

        public void Take(in SseEvent sse, IBufferWriter<byte> to) => to.Write(sse.Raw);

        public void Closed(IBufferWriter<byte> to)
        {
        }

        public void WriteEnding(ReadOnlySpan<byte> hiway, IBufferWriter<byte> to)
        {
        }

        public void Dispose()
        {
        }
    }
}
