using System.Text.Json;
using HiWay.Domain.Errors;
using HiWay.Domain.Limits;
using HiWay.Domain.Pricing;
using HiWay.Domain.Routing;
using HiWay.Infrastructure.Embeddings;
using HiWay.Infrastructure.Providers;
using HiWay.Web.Gateway.Upstream;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.Operations;

/// <summary><c>POST /v1/embeddings</c>: texts or tokens in, vectors out, as numbers or base64.</summary>
internal sealed class EmbeddingsOperation : WholeOperation
{
    /// <summary>OpenAI's own limit; clients cut longer lists before they send them.</summary>
    private const int MostInputs = 2_048;

    private readonly List<string> _unknown = [];
    private EmbeddingsRequest? _request;
    private BodyMember _input;
    private int _inputs;
    private bool _isTokens;
    private bool _base64;
    private int? _dimensions;
    private EmbeddingPurpose? _purpose;

    public override string Name => "openai_embeddings";

    public override string Endpoint => "/v1/embeddings";

    public override bool FallsBack => true;

    public override decimal WorstCaseUsd(GatewayCall call, Deployment deployment) =>
        PriceRules.CostOf(new TokenUsage { Input = call.PromptTokens }, PriceOrCeiling(call, deployment)).Usd;

    public override GatewayError? Refuse(GatewayCall call, Deployment deployment) =>
        _isTokens && !OpenAiEmbeddings.TakesTokens(deployment)
            ? Invalid($"'input' holds token ids, which only mean something to the tokenizer they were made with; '{deployment.Model.Id}' takes texts. Send strings.", "input")
            : null;

    protected override void Forget()
    {
        _unknown.Clear();
        (_request, _input, _inputs, _isTokens) = (null, default, 0, false);
    }

    protected override GatewayError? ReadMember(ref Utf8JsonReader json, string name, ChatBody body)
    {
        switch (name)
        {
            case "input":
                return ReadInput(ref json, body);
            case "dimensions":
                if (json.TokenType == JsonTokenType.Null)
                {
                    return null;
                }

                if (json.TokenType != JsonTokenType.Number || !json.TryGetInt32(out var dimensions) || dimensions < 1)
                {
                    return Invalid("'dimensions' must be a whole number, 1 or more.", "dimensions");
                }

                _dimensions = dimensions;
                return null;
            case "encoding_format":
                var format = json.TokenType == JsonTokenType.String ? json.GetString() : null;
                if (json.TokenType != JsonTokenType.Null && format is not ("float" or "base64"))
                {
                    return Invalid("'encoding_format' must be float or base64.", "encoding_format");
                }

                _base64 = format == "base64";
                return null;
            case "input_type":
                _purpose = json.TokenType == JsonTokenType.String ? EmbeddingPurposes.Parse(json.GetString()) : null;
                json.Skip();
                return null;
            default:
                _unknown.Add(name);
                json.Skip();
                return null;
        }
    }

    protected override GatewayError? Check(ChatBody body) =>
        _inputs == 0 ? Invalid("'input' is missing. Give a text, an array of texts, or token ids.", "input") : null;

    protected override string UpstreamName(Deployment deployment) => EmbeddingsUpstreams.For(deployment)?.Name ?? "openai_embeddings";

    protected override int Parts(Deployment deployment)
    {
        var limit = EmbeddingsUpstreams.For(deployment)?.BatchLimit(deployment) ?? MostInputs;
        return ((_inputs - 1) / limit) + 1;
    }

    protected override HttpRequestMessage NewRequest(GatewayCall call, Attempt attempt, int part, RentedBuffer sent)
    {
        var deployment = attempt.Deployment;
        if (EmbeddingsUpstreams.For(deployment) is not { } upstream)
        {
            OpenAiEmbeddings.Write(call.Body, deployment, sent, attempt.Dropped);
            return Post(call, deployment, OpenAiEmbeddings.Address(deployment), sent);
        }

        var limit = upstream.BatchLimit(deployment);
        _request ??= new EmbeddingsRequest { Texts = Texts(call.Body), Dimensions = _dimensions, Purpose = _purpose };
        upstream.Write(_request, part * limit, Math.Min(limit, _inputs - part * limit), deployment, sent, attempt.Dropped);
        if (part == 0)
        {
            attempt.Dropped.AddRange(_unknown);
        }

        return Post(call, deployment, upstream.Address(deployment), sent);
    }

    protected override IAnswerRelay NewRelay(GatewayCall call, Deployment deployment) =>
        EmbeddingsUpstreams.For(deployment) is { } upstream
            ? new TranslatedEmbeddingsRelay(upstream, deployment.Model.UpstreamModel, _inputs, _base64, call.PromptTokens)
            : new OpenAiEmbeddingsRelay(_base64, OpenAiEmbeddings.SendsBytes(deployment));

    /// <summary>A text, texts, tokens of one text, or tokens of several.</summary>
    private GatewayError? ReadInput(ref Utf8JsonReader json, ChatBody body)
    {
        var start = (int)json.TokenStartIndex;
        long bytes = 0;
        long tokens = 0;
        if (json.TokenType == JsonTokenType.String)
        {
            if (AddText(ref json, body, ref bytes) is { } empty)
            {
                return empty;
            }
        }
        else if (json.TokenType == JsonTokenType.StartArray)
        {
            if (ReadList(ref json, body, ref bytes, ref tokens) is { } error)
            {
                return error;
            }
        }
        else
        {
            return Invalid("'input' must be a text, an array of texts, or token ids.", "input");
        }

        _input = new BodyMember(start, start, (int)json.BytesConsumed);
        body.PromptTokens = (int)Math.Min(int.MaxValue, tokens + TokenEstimate.OfBytes(bytes));
        return null;
    }

    private GatewayError? ReadList(ref Utf8JsonReader json, ChatBody body, ref long bytes, ref long tokens)
    {
        var kind = JsonTokenType.None;
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (kind == JsonTokenType.None)
            {
                kind = json.TokenType;
            }
            else if (kind != json.TokenType)
            {
                return Invalid("'input' must hold texts or token ids, not both.", $"input[{_inputs}]");
            }

            switch (kind)
            {
                case JsonTokenType.String:
                    if (AddText(ref json, body, ref bytes) is { } empty)
                    {
                        return empty;
                    }

                    break;
                case JsonTokenType.Number when json.TryGetInt32(out var id) && id >= 0:
                    tokens++;
                    _inputs = 1;
                    _isTokens = true;
                    break;
                case JsonTokenType.StartArray:
                    if (ReadTokens(ref json, ref tokens) is { } wrong)
                    {
                        return wrong;
                    }

                    break;
                default:
                    return Invalid($"'input[{_inputs}]' must be a text, a token id (a whole number, 0 or more) or an array of token ids.", $"input[{_inputs}]");
            }

            if (_inputs > MostInputs)
            {
                return Invalid($"'input' may hold at most {MostInputs} texts.", "input");
            }
        }

        return _inputs == 0 ? Invalid("'input' must not be empty.", "input") : null;
    }

    private GatewayError? ReadTokens(ref Utf8JsonReader json, ref long tokens)
    {
        var before = tokens;
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType != JsonTokenType.Number || !json.TryGetInt32(out var id) || id < 0)
            {
                return Invalid($"'input[{_inputs}]' must hold token ids: whole numbers, 0 or more.", $"input[{_inputs}]");
            }

            tokens++;
        }

        if (tokens == before)
        {
            return Invalid($"'input[{_inputs}]' must not be empty.", $"input[{_inputs}]");
        }

        _isTokens = true;
        _inputs++;
        return null;
    }

    private GatewayError? AddText(ref Utf8JsonReader json, ChatBody body, ref long bytes)
    {
        if (json.ValueSpan.IsEmpty)
        {
            return Invalid("'input' must not hold an empty text.", _inputs == 0 ? "input" : $"input[{_inputs}]");
        }

        body.AddText(new PromptSpan(PromptRole.User, (int)json.TokenStartIndex + 1, json.ValueSpan.Length, _inputs));
        bytes += json.ValueSpan.Length;
        _inputs++;
        return null;
    }

    private IReadOnlyList<string> Texts(ChatBody body)
    {
        var input = JsonElement.Parse(body.Bytes.Span[_input.ValueStart.._input.End]);
        return input.ValueKind == JsonValueKind.String ? [input.GetString()!] : [.. input.EnumerateArray().Select(text => text.GetString()!)];
    }
}
