using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using HiWay.Infrastructure.Dialects.Framing;
using HiWay.Tests.Dialects;
using HiWay.Tests.Harness;
using HiWay.Web.Gateway.Clients;

namespace HiWay.Tests.Fuzz;

/// <summary>
/// The same over real connections: spoiled requests to every route, and providers whose answers are spoiled too. Nothing hangs, nothing is a 500,
/// and afterwards HiWay answers as if nothing had been. More of them: <c>bench/fuzz.sh</c>.
/// </summary>
public sealed class FuzzOverHttp(ITestOutputHelper output)
{
    private const int AtOnce = 4;

    /// <summary>Far above what any of the shortened limits allow.</summary>
    private static readonly TimeSpan Patience = Harness.Patience.Limit;

    private static readonly string[] Models = ["openai/gpt-4o", "openai/gpt-5", "anthropic/claude-sonnet-4-6", "google/gemini-2.5-flash", "cohere/command-a-03-2025", "acme/m1"];

    private static int Cases { get; } = FuzzRun.Number("HIWAY_FUZZ_HTTP", 300);

    [Fact]
    public async Task SpoiledRequestsAndAnswers_AreNoneOfThemA500()
    {
        await using var upstream = await ReplayUpstream.StartAsync();
        await using var host = await HiWayHost.StartAsync(("Gateway:HeadersTimeout", "00:00:02"), ("Gateway:FirstTokenTimeout", "00:00:02"), ("Gateway:IdleTimeout", "00:00:02"));
        var account = await host.Http.SignUpAsync();
        foreach (var provider in (string[])["openai", "anthropic", "google", "cohere"])
        {
            await host.Http.PutProviderAsync(account, provider, $"{upstream.Url}/{provider}");
        }

        await host.Http.PutProviderAsync(account, "acme", $"{upstream.Url}/acme", "openai", ["m1"]);
        var key = await host.Http.CreateKeyAsync(account);
        var answers = new Answers();
        upstream.On("*", answers.To);

        var started = Stopwatch.StartNew();
        var statuses = new ConcurrentDictionary<int, int>();
        var failures = new ConcurrentQueue<string>();
        await Parallel.ForAsync(0, Cases, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (number, _) =>
        {
            var (path, body) = Request(number);
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
            request.Content.Headers.ContentType = path.EndsWith("edits", StringComparison.Ordinal) ? MediaTypeHeaderValue.Parse("multipart/form-data; boundary=edge") : new("application/json");
            request.Headers.Authorization = new("Bearer", key.Secret);
            using var limit = new CancellationTokenSource(Patience);
            try
            {
                using var response = await host.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
                var text = await response.Content.ReadAsStringAsync(limit.Token);
                statuses.AddOrUpdate((int)response.StatusCode, 1, (_, before) => before + 1);
                if (response.StatusCode is HttpStatusCode.InternalServerError || text.Contains("internal_error", StringComparison.Ordinal))
                {
                    failures.Enqueue($"Case {number}, {path}: {text}\n{Encoding.UTF8.GetString(body)}");
                }
            }
            catch (Exception broken) when (broken is OperationCanceledException or HttpRequestException)
            {
                failures.Enqueue($"Case {number}, {path}: {broken.Message}\n{Encoding.UTF8.GetString(body)}");
            }
        });

        output.WriteLine($"{Cases:N0} calls over HTTP, seed {FuzzRun.Seed}: {failures.Count} failures; {started.Elapsed.TotalSeconds:F0} s; statuses {string.Join(", ", statuses.OrderBy(one => one.Key).Select(one => $"{one.Key}: {one.Value:N0}"))}.");
        Assert.True(failures.IsEmpty, string.Join("\n\n", failures.Take(10)));
        Assert.DoesNotContain("HiWay itself failed", host.Logs.ToString(), StringComparison.Ordinal);
        upstream.On("*", Reply.Chat("Well."));
        Assert.Equal(HttpStatusCode.OK, (await host.Http.ChatAsync(key.Secret, Gateway.GatewayWorld.Body("Are you well?"))).Status);
    }

    private static (string Path, byte[] Body) Request(int number)
    {
        var random = new Random(FuzzRun.Seed ^ (number * 40_503));
        var (path, seeds, model) = random.Next(8) switch
        {
            < 2 => ("/v1/chat/completions", FuzzSeeds.Requests(ClientDialects.OpenAiChat), null),
            2 => ("/v1/responses", FuzzSeeds.Requests(ClientDialects.OpenAiResponses), null),
            3 => ("/v1/messages", FuzzSeeds.Requests(ClientDialects.AnthropicMessages), null),
            4 => (random.Next(2) == 0 ? "/v1/messages/count_tokens" : "/v1/completions", FuzzSeeds.Requests(random.Next(2) == 0 ? ClientDialects.AnthropicMessages : ClientDialects.OpenAiCompletions), null),
            5 => ("/v1/embeddings", FuzzSeeds.Embeddings, "openai/text-embedding-3-small"),
            6 => ("/v1/images/generations", FuzzSeeds.Images, "openai/gpt-image-1"),
            _ => ("/v1/images/edits", [FuzzSeeds.Form], (string?)null),
        };
        var seed = seeds[random.Next(seeds.Length)];
        if (path.EndsWith("edits", StringComparison.Ordinal))
        {
            return (path, Mutation.OfBytes(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(seed).Replace("\r\n\r\nm\r\n", "\r\n\r\nopenai/gpt-image-1\r\n", StringComparison.Ordinal)), random));
        }

        var body = JsonNode.Parse(seed)!.AsObject();
        body["model"] = model ?? Models[random.Next(Models.Length)];
        if (path is not ("/v1/embeddings" or "/v1/images/generations"))
        {
            body["stream"] = random.Next(2) == 0;
        }

        var bytes = Encoding.UTF8.GetBytes(body.ToJsonString());
        return (path, random.Next(3) == 0 ? bytes : Mutation.Of(bytes, random));
    }

    /// <summary>What the providers say: a recording of the API that was asked, spoiled two times in three.</summary>
    private sealed class Answers
    {
        private readonly Random _random = new(FuzzRun.Seed);
        private readonly Lock _gate = new();

        public Reply To(SeenRequest seen)
        {
            lock (_gate)
            {
                if (seen.Path.Contains("embed", StringComparison.OrdinalIgnoreCase) || seen.Path.Contains("images", StringComparison.Ordinal))
                {
                    return Plain(Mutation.Of(FuzzSeeds.OperationAnswers[_random.Next(FuzzSeeds.OperationAnswers.Length)], _random), "application/json");
                }

                var api = seen.Path.EndsWith("/responses", StringComparison.Ordinal) ? "responses"
                    : seen.Path.EndsWith("/messages", StringComparison.Ordinal) ? "messages"
                    : seen.Path.Contains("enerateContent", StringComparison.Ordinal) ? "generate_content"
                    : seen.Path.Contains("/cohere/", StringComparison.Ordinal) ? "cohere_chat" : "chat_completions";
                var stream = seen.Path.Contains("stream", StringComparison.Ordinal) || Encoding.UTF8.GetString(seen.Body).Contains("\"stream\":true", StringComparison.Ordinal);
                var all = (stream ? FuzzSeeds.Streams : FuzzSeeds.Answers).Where(one => one.Api == api && one.Framing is StreamFraming.ServerSentEvents).ToList();
                var recording = all[_random.Next(all.Count)];
                var bytes = stream ? recording.Stream : recording.Body;
                var spoiled = _random.Next(3) == 0 ? bytes : stream && _random.Next(2) == 0 ? SpoiledStream.OneEventOf(recording, _random) : Mutation.Of(bytes, _random);
                return Plain(spoiled, stream ? "text/event-stream" : "application/json") with { Status = _random.Next(10) == 0 ? 400 + _random.Next(130) : 200 };
            }
        }

        private static Reply Plain(byte[] bytes, string type) => new() { Headers = [new("Content-Type", type)], Chunks = [bytes] };
    }
}
