using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.Cohere;

/// <summary>What the buffered and the streamed reader share.</summary>
internal static class CohereParts
{
    /// <summary>True when the word says that the answer is not whole.</summary>
    public static bool IsFailure(ReadOnlySpan<byte> finishReason) => finishReason.SequenceEqual("ERROR"u8) || finishReason.SequenceEqual("TIMEOUT"u8);

    private static FinishReason Finish(ReadOnlySpan<byte> word) =>
        word.SequenceEqual("MAX_TOKENS"u8) || word.SequenceEqual("ERROR_LIMIT"u8) ? FinishReason.Length
        : word.SequenceEqual("TOOL_CALL"u8) ? FinishReason.ToolCalls
        : word.SequenceEqual("ERROR_TOXIC"u8) ? FinishReason.ContentFilter
        : FinishReason.Stop;

    /// <summary>Ends the answer; of a stop sequence Cohere says only that one was met.</summary>
    public static void PassFinish(IAnswerSink sink, ReadOnlySpan<byte> word)
    {
        if (word.SequenceEqual("STOP_SEQUENCE"u8))
        {
            sink.Extra(0, ExtraKinds.StopSequence, "null"u8);
        }

        sink.Finished(0, Finish(word));
    }

    /// <summary>
    /// What Cohere charges: <c>billed_units</c>. <c>tokens</c> counts the provider's own prompt template too, which nobody pays for, and
    /// <c>cached_tokens</c> is a part of that count without a price of its own (docs.cohere.com, "Rate limits and pricing";
    /// Fixtures/recordings/cohere/cohere-cohere-chat-cache-usage-02.json: 5 billed of 500, 464 of them cached). Only without billed units is the
    /// whole count taken.
    /// </summary>
    public static TokenUsage Usage(ReadOnlySpan<byte> usage)
    {
        ReadOnlySpan<byte> billed = default, tokens = default;
        var cached = 0L;
        var members = new JsonMembers(usage);
        while (members.Next())
        {
            if (members.Is("billed_units"u8))
            {
                billed = members.Nested;
            }
            else if (members.Is("tokens"u8))
            {
                tokens = members.Nested;
            }
            else if (members.Is("cached_tokens"u8))
            {
                cached = members.Count;
            }
        }

        var all = Counts.Of(tokens);
        if (billed.Length == 0)
        {
            var fromCache = Math.Min(cached, all.Input - Math.Min(all.Input, all.Image));
            return all.Buckets(all.Reasoning) with { Input = all.Input - Math.Min(all.Input, all.Image) - fromCache, CacheRead = fromCache };
        }

        return Counts.Of(billed).Buckets(all.Reasoning);
    }

    /// <summary>
    /// Log-probabilities as OpenAI writes them. Cohere gives a list of pieces, each with the ids and probabilities of one or more tokens and their
    /// common text; a piece becomes one entry whose probability is the product.
    /// </summary>
    public static void PassLogprobs(IAnswerSink sink, ReadOnlySpan<byte> logprobs)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        var to = new Utf8Appender(buffer, 256);
        to.Add("{\"content\":["u8);
        var any = false;
        var pieces = new JsonObjects(logprobs);
        while (pieces.Next())
        {
            AddPiece(ref to, pieces.Value, ref any);
        }

        // A stream sends one piece beside each delta, not a list.
        if (!any && logprobs.Length > 0 && logprobs[0] == (byte)'{')
        {
            AddPiece(ref to, logprobs, ref any);
        }

        to.Add("],\"refusal\":null}"u8);
        to.Done();
        if (any)
        {
            sink.Extra(0, ExtraKinds.Logprobs, buffer.WrittenSpan);
        }
    }

    private static void AddPiece(ref Utf8Appender to, ReadOnlySpan<byte> piece, ref bool any)
    {
        ReadOnlySpan<byte> text = default;
        var sum = 0.0;
        var members = new JsonMembers(piece);
        while (members.Next())
        {
            if (members.Is("text"u8))
            {
                text = members.Text;
            }
            else if (members.Is("logprobs"u8) && members.Nested.Length > 0)
            {
                var numbers = new Utf8JsonReader(members.Nested);
                while (numbers.Read())
                {
                    sum += numbers.TokenType is JsonTokenType.Number ? numbers.GetDouble() : 0;
                }
            }
        }

        to.Add(any ? ",{\"token\":\""u8 : "{\"token\":\""u8);
        to.Add(text);
        to.Add("\",\"logprob\":"u8);
        to.Add(Encoding.ASCII.GetBytes((double.IsFinite(sum) ? sum : 0).ToString("R", CultureInfo.InvariantCulture)));
        to.Add(",\"bytes\":null,\"top_logprobs\":[]}"u8);
        any = true;
    }

    private readonly record struct Counts(long Input, long Output, long Reasoning, long Image)
    {
        public static Counts Of(ReadOnlySpan<byte> counts)
        {
            var found = default(Counts);
            if (counts.Length == 0)
            {
                return found;
            }

            var members = new JsonMembers(counts);
            while (members.Next())
            {
                found = members.Is("input_tokens"u8) ? found with { Input = members.Count }
                    : members.Is("output_tokens"u8) ? found with { Output = members.Count }
                    : members.Is("reasoning_tokens"u8) ? found with { Reasoning = members.Count }
                    : members.Is("image_tokens"u8) ? found with { Image = members.Count }
                    : found;
            }

            return found;
        }

        public TokenUsage Buckets(long reasoning)
        {
            var image = Math.Min(Input, Image);
            reasoning = Math.Min(Output, reasoning);
            return new() { Input = Input - image, ImageInput = image, Output = Output - reasoning, Reasoning = reasoning };
        }
    }
}
