using System.Buffers;
using System.Text;
using System.Text.Json;
using HiWay.Domain.Privacy;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.Framing;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Dialects.OpenAiResponses;
using HiWay.Infrastructure.Embeddings;
using HiWay.Infrastructure.Images;
using HiWay.Infrastructure.Providers;
using HiWay.Tests.Dialects;
using HiWay.Web.Gateway.Clients;
using HiWay.Web.Gateway.Operations;
using HiWay.Web.Gateway.Shield;
using HiWay.Web.Gateway.Upstream;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Tests.Fuzz;

/// <summary>
/// One spoiled request, stream or answer on its way through the readers and writers that the gateway would take. All of it follows from the seed and
/// the case's number, so that a failure comes again by its number.
/// </summary>
internal sealed class FuzzCase(int seed, long number)
{
    private static readonly byte[] HiWay = Encoding.UTF8.GetBytes("""{"upstream_cost":1}""");

    /// <summary>One deployment of every dialect, and of one dialect those that differ in what they are told.</summary>
    private static readonly Deployment[] Targets =
    [
        Deployments.Anthropic(), Deployments.Anthropic("claude-opus-4-7"), Deployments.Gemini(), Deployments.Gemini("gemini-2.0-flash"), Deployments.Gemini("gemini-3-pro-preview"), Deployments.OpenAi(),
        Deployments.Responses(), Deployments.Bedrock(), Deployments.Bedrock("amazon.nova-pro-v1:0"), Deployments.Bedrock("meta.llama3-3-70b-instruct-v1:0"), Deployments.Cohere(), Deployments.Ollama(),
        .. ProviderCatalogue.All.Where(provider => provider.Dialect == UpstreamDialect.OpenAiChat).Select(provider => Deployments.Known(provider.Slug)),
    ];

    private static readonly Deployment[] Embedders = [Deployments.OpenAi(), Deployments.Gemini(), Deployments.Cohere(), Deployments.Bedrock(), Deployments.Ollama(), Deployments.Known("mistral")];

    private readonly Random _random = new(unchecked((int)((number + 1) * 2_654_435_761) ^ seed));

    /// <summary>What is being tried, for the report.</summary>
    public string What { get; private set; } = "";

    /// <summary>The kind of thing, for the count.</summary>
    public string Kind { get; private set; } = "";

    /// <summary>The spoiled bytes.</summary>
    public byte[] Input { get; private set; } = [];

    public void Run()
    {
        switch (_random.Next(20))
        {
            case < 8:
                Kind = "requests";
                Request();
                break;
            case < 14:
                Kind = "streams";
                Stream();
                break;
            case < 17:
                Kind = "answers";
                Answer();
                break;
            case 17:
                Kind = "requests for vectors and pictures";
                Operation();
                break;
            case 18:
                Kind = "answers with vectors and pictures";
                OperationAnswer();
                break;
            default:
                Kind = "errors";
                Error();
                break;
        }
    }

    private void Request()
    {
        var client = Pick(ClientDialects.All);
        var target = Pick(Targets);
        Spoil($"{client.Name} request to {target.Model.Id}", Pick(FuzzSeeds.Requests(client)));
        var (body, refusal) = client.Scan([.. Input], Input.Length);
        if (client == ClientDialects.AnthropicMessages)
        {
            AnthropicBodyScanner.Scan([.. Input], Input.Length, countsOnly: true);
        }

        if (body is null)
        {
            Assert.NotEqual("", refusal!.Message);
            return;
        }

        var written = new ArrayBufferWriter<byte>();
        if (client.PassesThrough(target) && (client.UpstreamFor(target) != UpstreamDialect.OpenAiChat || OpenAiFit.Fits(body, target)))
        {
            if (body.Prefix is { } prefix && _random.Next(2) == 0)
            {
                body.PromptCaching = true;
                prefix.Bytes += 1_000_000;
            }

            client.WritePassthrough(body, target, written);
            Whole(written.WrittenSpan);
        }

        try
        {
            written.Clear();
            var inner = client.ReadRequest(Input) with { PromptCaching = _random.Next(2) == 0 };
            UpstreamDialects.For(client.UpstreamFor(target)).WriteRequest(inner, target, body.Stream, written, []);
            Whole(written.WrittenSpan);
        }
        catch (InvalidChatRequestException refused)
        {
            Assert.NotEqual("", refused.Message);
            return;
        }

        if (client == ClientDialects.OpenAiResponses)
        {
            Whole(Encoding.UTF8.GetBytes($"{{{Encoding.UTF8.GetString(ResponsesEcho.Of(Input, null))}}}"));
        }
    }

    private void Stream()
    {
        var recording = Pick(FuzzSeeds.Streams);
        var dialect = RecordedAnswerTests.DialectOf(recording);
        var client = Pick(ClientDialects.All);
        var passes = client.Name == dialect.Name && _random.Next(2) == 0;
        Spoil($"{recording.Name} {(passes ? "passed through" : "as a stream")} to {client.Name}", recording);
        using var relay = Filtered(passes ? client.PassthroughStream(ABody()) : new TranslatedStreamRelay(client, new(dialect), Defaults(client)));
        var output = new ArrayBufferWriter<byte>();
        var broken = !Feed(relay, dialect.Framing, output);
        var complete = !broken && relay.IsComplete && relay.Failure is null;
        if (complete)
        {
            relay.WriteEnding(HiWay, output);
        }
        else if (!relay.WriteFailure("upstream_unavailable", "It broke off.", output))
        {
            client.WriteStreamError(output, new(global::HiWay.Domain.Errors.GatewayErrorKind.UpstreamUnavailable, "It broke off."), "req_1");
        }

        // What passes through is the provider's own order; what was translated is ours to answer for.
        ClientStream.Check(client, output.WrittenSpan, complete, ordered: !passes);
    }

    /// <summary>False when the stream broke in one of the promised ways.</summary>
    private bool Feed(IStreamRelay relay, StreamFraming framing, ArrayBufferWriter<byte> output)
    {
        var events = new StreamEventReader(framing);
        try
        {
            var at = 0;
            var end = 0;
            while (at < Input.Length)
            {
                end = end >= Input.Length ? Input.Length : Math.Min(Input.Length, end + _random.Next(1, 4096));
                var last = end == Input.Length;
                while (events.TryRead(Input.AsSpan(at..end), out var found) || (last && events.TryReadRest(Input.AsSpan(at..end), out found)))
                {
                    relay.Take(found, output);
                    at += found.Raw.Length;
                    if (relay.IsComplete || relay.Failure is not null)
                    {
                        return true;
                    }
                }

                if (last)
                {
                    break;
                }
            }

            relay.Closed(output);
            return true;
        }
        catch (Exception e) when (UpstreamClient.FailureOf(e) is not null)
        {
            return relay.IsComplete;
        }
        finally
        {
            events.Dispose();
        }
    }

    private void Answer()
    {
        var recording = Pick(FuzzSeeds.Answers);
        var dialect = RecordedAnswerTests.DialectOf(recording);
        var client = Pick(ClientDialects.All);
        var passes = client.Name == dialect.Name && _random.Next(2) == 0;
        Spoil($"{recording.Name} {(passes ? "passed through" : "as an answer")} to {client.Name}", recording.Body);
        IAnswerRelay relay = passes ? client.PassthroughAnswer(ABody()) : new TranslatedAnswerRelay(new(dialect), client.NewAnswerWriter(Defaults(client)));
        WriteIfSound(_random.Next(4) == 0 ? new RestoredAnswerRelay(relay, new MaskedValues("x"u8)) : relay);
    }

    private void Operation()
    {
        if (_random.Next(4) == 0)
        {
            Form();
            return;
        }

        var embeds = _random.Next(2) == 0;
        Spoil(embeds ? "an embeddings request" : "a request for pictures", Pick(embeds ? FuzzSeeds.Embeddings : FuzzSeeds.Images));
        Operation operation = embeds ? new EmbeddingsOperation() : new ImagesOperation();
        var (body, refusal) = operation.Rescan(null!, [.. Input], Input.Length);
        if (body is null)
        {
            Assert.NotEqual("", refusal!.Message);
            return;
        }

        var written = new ArrayBufferWriter<byte>();
        if (embeds)
        {
            OpenAiEmbeddings.Write(body, Pick(Embedders), written, []);
        }
        else
        {
            BodySplice.Write(body, "m", askForUsage: false, written);
        }

        Whole(written.WrittenSpan);
    }

    private void Form()
    {
        Spoil("a form with pictures", FuzzSeeds.Form);
        using var form = new ImageForm("edge", new MemoryStream(Input), 1_000_000);
        var wishes = new ImageWishes();
        var hasModel = false;
        var refusal = form.ReadAsync(
            (name, value) =>
            {
                hasModel |= name == "model";
                return wishes.Take(name, value);
            }, () => { }, () => hasModel, wholeFirst: _random.Next(2) == 0, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        if (refusal is not null)
        {
            Assert.NotEqual("", refusal.Message);
            return;
        }

        try
        {
            form.Send("m", () => { }).CopyToAsync(System.IO.Stream.Null).GetAwaiter().GetResult();
        }
        catch (Exception) when (form.Broken is not null)
        {
            // The client's form was at fault in its middle, and the form says so.
        }
    }

    private void OperationAnswer()
    {
        if (_random.Next(4) == 0)
        {
            Spoil("a stream of pictures", FuzzSeeds.ImageStream);
            using var relay = new ImageStreamRelay();
            var output = new ArrayBufferWriter<byte>();
            if (Feed(relay, StreamFraming.ServerSentEvents, output) && relay.IsComplete && relay.Failure is null)
            {
                relay.WriteEnding(HiWay, output);
            }

            return;
        }

        var target = Pick(Embedders);
        Spoil($"an answer of {target.Provider.Slug} with vectors or pictures", Pick(FuzzSeeds.OperationAnswers));
        var base64 = _random.Next(2) == 0;
        WriteIfSound(_random.Next(2) == 0
            ? EmbeddingsUpstreams.For(target) is { } embeds ? new TranslatedEmbeddingsRelay(embeds, "m", 2, base64, 5) : new OpenAiEmbeddingsRelay(base64, signedBytes: _random.Next(2) == 0)
            : ImagesUpstreams.For(target) is { } draws ? new TranslatedImagesRelay(draws, 1) : new OpenAiImagesRelay(base64));
    }

    private void Error()
    {
        var target = Pick(Targets);
        Spoil($"an error of {target.Provider.Slug}", FuzzSeeds.Error);
        var read = UpstreamDialects.For(target.Dialect).ReadError(_random.Next(2) == 0 ? 429 : 500, new HttpResponseMessage().Headers, Input, DateTimeOffset.UnixEpoch);
        Assert.NotEqual("", read.Message);
    }

    private void WriteIfSound(IAnswerRelay relay)
    {
        try
        {
            relay.Read(Input);
        }
        catch (Exception e) when (UpstreamClient.FailureOf(e) is not null)
        {
            return;
        }

        _ = relay.Usage;
        if (relay.Failure is null)
        {
            // From here on the call has succeeded, so nothing may fail any more.
            var output = new ArrayBufferWriter<byte>();
            relay.Write(Input, HiWay, output);
            Whole(output.WrittenSpan);
        }
    }

    private IStreamRelay Filtered(IStreamRelay relay) =>
        _random.Next(6) == 0 ? new FilteredStreamRelay(relay, new AnswerFilter(new MaskedValues("x"u8), blocksSecrets: true), null, null) : relay;

    private static AnswerDefaults Defaults(IClientDialect client) => new("resp_hw01", "some-model", 1_700_000_000)
    {
        IncludeUsage = true,
        Dropped = [],
        Echo = client == ClientDialects.OpenAiResponses ? ResponsesEcho.Of("{}"u8, null) : default,
    };

    private static ChatBody ABody() => new([], 0) { IncludeUsage = true };

    private void Spoil(string what, byte[] original) => (What, Input) = (what, Mutation.Of(original, _random));

    private void Spoil(string what, Recording recording)
    {
        if (_random.Next(3) == 0)
        {
            Spoil(what, recording.Stream);
            return;
        }

        (What, Input) = (what, SpoiledStream.OneEventOf(recording, _random));
    }

    private T Pick<T>(IReadOnlyList<T> from) => from[_random.Next(from.Count)];

    private static void Whole(ReadOnlySpan<byte> json) => JsonElement.Parse(json, new() { MaxDepth = 512 });
}
