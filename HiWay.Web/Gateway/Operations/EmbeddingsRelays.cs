using System.Buffers;
using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text.Json;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.OpenAiChat;
using HiWay.Infrastructure.Embeddings;
using HiWay.Web.Gateway.Upstream;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.Operations;

/// <summary>
/// OpenAI's answer, byte for byte but for vectors that came in another form than was asked for: some servers do not know
/// <c>base64</c>, and OpenAI's own clients ask for it unless told otherwise.
/// </summary>
/// <param name="base64">What the caller wants.</param>
/// <param name="signedBytes">The upstream's base64 holds one signed byte a number instead of floats.</param>
internal sealed class OpenAiEmbeddingsRelay(bool base64, bool signedBytes) : IAnswerRelay
{
    private readonly List<(int Start, int End)> _vectors = [];
    private List<float[]>? _rewritten;
    private bool _rewrite;

    public bool HasContent => _vectors.Count > 0;

    public UpstreamError? Failure { get; private set; }

    public TokenUsage? Usage { get; private set; }

    public long ContentBytes => 0;

    public void Read(ReadOnlySpan<byte> body)
    {
        var json = new Utf8JsonReader(body);
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("An answer with embeddings must be a JSON object.");
        }

        var hasData = false;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var isError = json.ValueTextEquals("error"u8);
            if (json.ValueTextEquals("data"u8))
            {
                json.Read();
                hasData = json.TokenType == JsonTokenType.StartArray;
                ReadData(ref json);
                continue;
            }

            json.Read();
            if (isError && json.TokenType != JsonTokenType.Null)
            {
                Failure = OpenAiErrors.Read(200, body);
                return;
            }

            json.Skip();
        }

        json.Read();    // nothing but white space may follow
        if (!hasData)
        {
            throw new JsonException("The answer has no 'data'.");
        }

        Usage = OpenAiUsage.TryFind(body, out var usage) ? usage with { Output = 0 } : null;
        if (_rewrite)
        {
            // Now and not when the answer is written: what cannot be read is a failed attempt.
            _rewritten = new(_vectors.Count);
            foreach (var (start, end) in _vectors)
            {
                _rewritten.Add(Vector(body[start..end]));
            }
        }
    }

    public void Write(ReadOnlySpan<byte> body, ReadOnlySpan<byte> hiway, IBufferWriter<byte> to)
    {
        if (_rewritten is not { } vectors)
        {
            OpenAiChatStreamRelay.AppendMember(body, hiway, to);
            return;
        }

        using var rewritten = new RentedBuffer(body.Length * 2);
        var at = 0;
        for (var i = 0; i < vectors.Count; i++)
        {
            rewritten.Write(body[at.._vectors[i].Start]);
            VectorText.Write(vectors[i], base64, rewritten);
            at = _vectors[i].End;
        }

        rewritten.Write(body[at..]);
        OpenAiChatStreamRelay.AppendMember(rewritten.Span, hiway, to);
    }

    private void ReadData(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartArray)
        {
            json.Skip();
            return;
        }

        while (json.Read() && json.TokenType == JsonTokenType.StartObject)
        {
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var isVector = json.ValueTextEquals("embedding"u8);
                json.Read();
                if (isVector && json.TokenType is JsonTokenType.String or JsonTokenType.StartArray)
                {
                    var start = (int)json.TokenStartIndex;
                    _rewrite |= signedBytes || base64 != (json.TokenType == JsonTokenType.String);
                    json.Skip();
                    _vectors.Add((start, (int)json.BytesConsumed));
                }
                else
                {
                    json.Skip();
                }
            }
        }
    }

    /// <exception cref="JsonException">Neither numbers nor base64 of them.</exception>
    private float[] Vector(ReadOnlySpan<byte> value)
    {
        if (value[0] == (byte)'[')
        {
            return Finite(JsonSerializer.Deserialize<float[]>(value)!);
        }

        var text = JsonSerializer.Deserialize<string>(value)!;
        var bytes = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, bytes, out var length))
        {
            throw new JsonException("An embedding is no base64.");
        }

        var raw = bytes.AsSpan(0, length);
        if (!signedBytes)
        {
            return Finite(MemoryMarshal.Cast<byte, float>(raw).ToArray());
        }

        var vector = new float[length];
        for (var i = 0; i < length; i++)
        {
            vector[i] = (sbyte)raw[i];
        }

        return vector;
    }

    private static float[] Finite(float[] vector) =>
        Array.TrueForAll(vector, float.IsFinite) ? vector : throw new JsonException("An embedding holds what is no number.");
}

/// <summary>Another API's vectors as OpenAI's list.</summary>
/// <param name="expected">Vectors that the request must get; fewer or more are no answer to it.</param>
/// <param name="estimatedTokens">Shown where the upstream counts none.</param>
internal sealed class TranslatedEmbeddingsRelay(IEmbeddingsUpstream upstream, string model, int expected, bool base64, int estimatedTokens) : IAnswerRelay
{
    private readonly EmbeddingVectors _vectors = new();

    public bool HasContent => _vectors.Vectors.Count == expected;

    public UpstreamError? Failure => null;

    public TokenUsage? Usage => _vectors.InputTokens is { } tokens ? new TokenUsage { Input = tokens } : null;

    public long ContentBytes => 0;

    public void Read(ReadOnlySpan<byte> body)
    {
        try
        {
            upstream.Read(body, _vectors);
        }
        catch (InvalidOperationException wrong)
        {
            throw new JsonException("The answer's members are not of the kinds that the API promises.", wrong);
        }
    }

    public void Write(ReadOnlySpan<byte> body, ReadOnlySpan<byte> hiway, IBufferWriter<byte> to)
    {
        to.Write("{\"object\":\"list\",\"data\":["u8);
        for (var i = 0; i < _vectors.Vectors.Count; i++)
        {
            to.Write(i == 0 ? "{\"object\":\"embedding\",\"index\":"u8 : ",{\"object\":\"embedding\",\"index\":"u8);
            VectorText.Number(i, to);
            to.Write(",\"embedding\":"u8);
            VectorText.Write(_vectors.Vectors[i], base64, to);
            to.Write("}"u8);
        }

        to.Write("],\"model\":\""u8);
        to.Write(JsonEncodedText.Encode(model).EncodedUtf8Bytes);
        to.Write("\",\"usage\":{\"prompt_tokens\":"u8);
        var tokens = _vectors.InputTokens ?? estimatedTokens;
        VectorText.Number(tokens, to);
        to.Write(",\"total_tokens\":"u8);
        VectorText.Number(tokens, to);
        to.Write("},\"_hiway\":"u8);
        to.Write(hiway);
        to.Write("}"u8);
    }
}

/// <summary>How OpenAI writes vectors: an array of numbers, or base64 of little-endian floats.</summary>
internal static class VectorText
{
    public static void Write(ReadOnlySpan<float> vector, bool base64, IBufferWriter<byte> to)
    {
        if (base64)
        {
            var raw = MemoryMarshal.AsBytes(vector);
            to.Write("\""u8);
            Base64.EncodeToUtf8(raw, to.GetSpan(Base64.GetMaxEncodedToUtf8Length(raw.Length)), out _, out var written);
            to.Advance(written);
            to.Write("\""u8);
            return;
        }

        to.Write("["u8);
        for (var i = 0; i < vector.Length; i++)
        {
            if (i > 0)
            {
                to.Write(","u8);
            }

            Utf8Formatter.TryFormat(vector[i], to.GetSpan(32), out var written);
            to.Advance(written);
        }

        to.Write("]"u8);
    }

    public static void Number(long number, IBufferWriter<byte> to)
    {
        Utf8Formatter.TryFormat(number, to.GetSpan(20), out var written);
        to.Advance(written);
    }
}
