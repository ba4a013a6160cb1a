using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using HiWay.Domain.Privacy;
using HiWay.Tests.Harness;
using HiWay.Web.Gateway.Shield;

namespace HiWay.Tests.Privacy;

/// <summary>What holds for any text with any mix of values, wherever an answer is cut.</summary>
public sealed class MaskingPropertyTests
{
    private static readonly string[] s_values =
    [
        "ana.lopez@example.com", "bob@firma.de", "+49 30 901820", "(212) 555-0187", "4111 1111 1111 1111", "5500-0055-5555-5559", "DE89 3704 0044 0532 0130 00",
        "sk-proj-Zk3vQ9wL2mN8xR4tY7uB1cD5", "AKIAIOSFODNN7Q3Z2X4W", "KD-4711", "KD-4712",
    ];

    // Placeholders that the caller wrote, what looks like one, and what a text is otherwise made of.
    private static readonly string[] s_words =
    [
        "<EMAIL_1>", "<EMAIL_2>", "<PHONE_3>", "<KUNDE_1>", "<KUNDE_2>", "<EMAIL_", "_1>", "<", ">", "<<", "a < b", "<b>", " ", "\n", "\"", "\\", "\\u003c", "&lt;EMAIL_1&gt;", "ß", "漢字", "😀", "<é>", "word", ", ", ": ", "\t", "/", "EMAIL_1",
    ];

    private static readonly PiiScanner s_scanner = new(
        [PiiFamily.Email, PiiFamily.Phone, PiiFamily.Card, PiiFamily.Iban, PiiFamily.ApiKey], patterns: [CustomPattern.Parse("kunde", @"\bKD-\d{4}\b")]);

    private static readonly Gen<string> s_text = Gen.OneOf(Gen.Elements(s_values), Gen.Elements(s_words)).ListOf().Select(string.Concat);

    /// <summary>Lengths of pieces; the last one is what is left.</summary>
    private static readonly Gen<List<int>> s_cuts = Gen.Choose(1, 9).ListOf().Select(cuts => cuts.ToList());

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WhatIsMasked_ComesBackAsItWas_WhereverTheAnswerIsCut(bool inJson)
    {
        var cases = from text in s_text from cuts in s_cuts from escapes in Gen.Elements(true, false) select (text, cuts, escapes);
        Prop.ForAll(cases.ToArbitrary(), one =>
        {
            var (masked, values) = Mask(one.text, one.escapes);
            if (values is null)
            {
                Assert.Equal(one.text, masked);
                return;
            }

            Assert.All(values.ByPlaceholder, pair => Assert.DoesNotContain(pair.Key, one.text, StringComparison.Ordinal));
            var answer = inJson ? JsonSerializer.Serialize(masked, one.escapes ? JsonSerializerOptions.Default : s_relaxed)[1..^1] : masked;
            var restored = string.Concat(Through(new AnswerFilter(values, blocksSecrets: false), answer, one.cuts, inJson));
            Assert.Equal(one.text, inJson ? JsonSerializer.Deserialize<string>($"\"{restored}\"") : restored);
        }).Hold(1_500);
    }

    [Fact]
    public void ASecretInAnAnswer_IsSeenWhereverItIsCut_AndNothingOfItGetsOut()
    {
        (string Lead, string Value)[] secrets =
        [
            ("", "sk-proj-Zk3vQ9wL2mN8xR4tY7uB1cD5"), ("", "AKIAIOSFODNN7Q3Z2X4W"), ("", "ghp_k3J9xQ2mZ8vL5nR7tW1yB4cD6fG0hS2aE9uI"),
            ("postgres://app:", "Zk3vQ9wL@db"), ("redis://:", "k3J9!x^Q2m@cache"), ("password = ", "Zk3!vQ9^wL2m"), ("client_secret: \"", "k3J.9xQ2m~Z8v"),
            ("PASSWORD=", "Zk3!vQ9^wL2m"), ("Server=db;User Id=sa;Password=", "correct (horse"), ("pwd: \"Host=db;Uid=app;Pwd=", "wagon-lemon-cloud"), ("Authorization: Bearer ", "Zk3vQ9wL2mN8xR4"), ("curl --user ", "ana:Zk3vQ9wL2mN8"), ("", "123456789:AAF9xQ2mZ8vL5nR7tW1yB4cD6fG0hS2aE9u"),
            ("", "https://hooks.slack.com/services/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"), ("", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"),
            ("", $"eyJhbGciOiJIUzI1NiJ9.eyJ{string.Concat(Enumerable.Repeat("Zk3vQ9wL2mN8", 90))}.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"), ($"/callback?state={string.Concat(Enumerable.Repeat("k3J9xQ2mZ8", 62))}&api_key=", "sk-proj-Zk3vQ9wL2mN8xR4tY7uB1cD5"),
            ("", "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA3Zk3vQ9wL2mN8xR4tY7uB1cD5\nk3J9xQ2mZ8vL5nR7\n-----END RSA PRIVATE KEY-----"),
        ];
        var cases = from before in Gen.Elements("word", " ", "\n", "<b>", "漢字 ", ": ", "key=", "\"", "a < b ").ListOf()
                    from secret in Gen.Elements(secrets)
                    from after in Gen.Elements("", " and more", "\n", "\"")
                    from cuts in s_cuts
                    select (before: string.Concat(before) + " ", secret, after, cuts);
        Prop.ForAll(cases.ToArbitrary(), one =>
        {
            var filter = new AnswerFilter(null, blocksSecrets: true);
            var text = one.before + one.secret.Lead + one.secret.Value + one.after;
            var released = string.Concat(Through(filter, text, one.cuts, inJson: false));

            Assert.NotNull(filter.Leak);
            Assert.StartsWith(released, one.before + one.secret.Lead, StringComparison.Ordinal);
        }).Hold(1_500);
    }

    [Fact]
    public void EveryVendorsKeys_AreHeldBack_WhereverTheyAreCut()
    {
        var random = new Random(20261126);
        var samples = KeyFormats.All.Select(format => (format, Key: KeySample.Of(format, random))).ToArray();
        var cases = from before in Gen.Elements("word ", "\n", "key=", "\"", "漢字 ", "/") from sample in Gen.Elements(samples) from after in Gen.Elements("", " and more", "\n", "\"") from cuts in s_cuts select (before, sample, after, cuts);
        Prop.ForAll(cases.ToArbitrary(), one =>
        {
            var filter = new AnswerFilter(null, blocksSecrets: true);
            var released = string.Concat(Through(filter, one.before + one.sample.Key + one.after, one.cuts, inJson: false));

            // A prefix that words begin with may go out before it is whole, and letters behind it that could go on to be a word.
            var lead = !one.sample.format.IsCommon ? "" : one.sample.Key[..(one.sample.format.Prefix.Length + LettersBehind(one.sample))];
            Assert.True(filter.Leak is not null, one.sample.Key);
            Assert.StartsWith(released, one.before + lead, StringComparison.Ordinal);
        }).Hold(1_500);

        static int LettersBehind((KeyFormat Format, string Key) sample) =>
            char.IsAsciiLetter((char)sample.Format.Prefix[^1]) ? sample.Key.AsSpan(sample.Format.Prefix.Length).IndexOfAnyExceptInRange('a', 'z') : 0;
    }

    [Fact]
    public void AnAnswerWithoutSecrets_GoesOutWhole_WhereverItIsCut()
    {
        var words = Gen.Elements("word", "sk-", "sk-circle", "postgres://", "app:", "@db", "Zk3!", "AKIA", "eyJ", "key=", "password: ", "-----BEGIN", " PUBLIC KEY-----", "https://hooks.slack.com/", " ", "\n", "<EMAIL_1>", "漢字", "😀", "_", "=", "aaaaaaaaaaaaaaaaaaaa", "1.5", "\"", "{", "}");
        var cases = from text in words.ListOf().Select(string.Concat) from cuts in s_cuts select (text, cuts);
        Prop.ForAll(cases.ToArbitrary(), one =>
        {
            List<PiiFinding>? found = null;
            PiiScanner.Secrets.Scan(Encoding.UTF8.GetBytes(one.text), ref found);
            var filter = new AnswerFilter(null, blocksSecrets: true);
            var released = string.Concat(Through(filter, one.text, one.cuts, inJson: false));

            Assert.Equal(found is not null, filter.Leak is not null);
            Assert.True(found is not null || released == one.text, $"{released} of {one.text}");
        }).Hold(1_500);
    }

    private static readonly JsonSerializerOptions s_relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The text as the provider gets it.</summary>
    /// <param name="escapes">The caller's JSON writes what it need not escape as \u…, as many clients do.</param>
    private static (string Text, MaskedValues? Values) Mask(string text, bool escapes)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["max_tokens"] = 5, ["content"] = text }, escapes ? JsonSerializerOptions.Default : s_relaxed);
        var to = new ArrayBufferWriter<byte>();
        MaskedValues? values = null;
        return (JsonNode.Parse(JsonMask.Write(json, s_scanner, ref values, to) ? to.WrittenSpan : json)!["content"]!.GetValue<string>(), values);
    }

    /// <summary>What goes out of an answer that comes in pieces.</summary>
    private static IEnumerable<string> Through(AnswerFilter filter, string answer, List<int> cuts, bool inJson)
    {
        var at = 0;
        foreach (var cut in cuts.Append(int.MaxValue))
        {
            if (at == answer.Length)
            {
                break;
            }

            // Half a surrogate pair is no text: no provider can send it.
            var end = (int)Math.Min(answer.Length, (long)at + cut);
            end += end < answer.Length && char.IsLowSurrogate(answer[end]) ? 1 : 0;
            yield return Piece(filter, answer[at..end], inJson);
            at = end;
        }

        foreach (var (_, last) in filter.Flush(""))
        {
            yield return last["delta"]!["text"]!.GetValue<string>();
        }
    }

    private static string Piece(AnswerFilter filter, string piece, bool inJson)
    {
        var json = new JsonObject { ["delta"] = new JsonObject { ["text"] = piece } };
        filter.Push(null, json, Assert.Single(StreamTexts.Of(json)) with { InJson = inJson }, final: false);
        return json["delta"]!["text"]!.GetValue<string>();
    }
}
