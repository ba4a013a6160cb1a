using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace HiWay.Tests.Harness;

/// <summary>A person who has signed up, with the first workspace and the first key (both scopes).</summary>
public sealed record TestAccount(string Email, string Password, string UserId, string WorkspaceId, string Key);

/// <summary>A key as its creation answered.</summary>
public sealed record TestKey(string Id, string Secret, JsonNode Json);

/// <summary>An answer of the gateway.</summary>
/// <param name="Events">The data of each server-sent event, <c>[DONE]</c> included; empty for a JSON answer.</param>
public sealed record ChatReply(HttpStatusCode Status, HttpResponseHeaders Headers, string Body, IReadOnlyList<string> Events)
{
    /// <summary>The JSON answer, or the last JSON event of a stream.</summary>
    public JsonNode Json => JsonNode.Parse(Events.Count == 0 ? Body : Events.Last(data => data != "[DONE]"))!;

    /// <summary>The stream's chunks.</summary>
    public IEnumerable<JsonNode> Chunks => Events.Where(data => data != "[DONE]").Select(data => JsonNode.Parse(data)!);

    /// <summary>The whole text, put together when it was streamed.</summary>
    public string Text => Events.Count == 0
        ? Json["choices"]![0]!["message"]!["content"]!.GetValue<string>()
        : string.Concat(Chunks.Select(chunk => (chunk["choices"] as JsonArray)?.FirstOrDefault()?["delta"]?["content"]?.GetValue<string>()));

    public JsonNode? HiWay => Json["_hiway"];

    public string? ErrorCode => Json["error"]?["code"]?.GetValue<string>();
}

/// <summary>What tests want to do, said over HTTP as any client would.</summary>
public static class Intentions
{
    private static int _people;

    /// <summary>Signs a new person up; the first one of a database is the operator.</summary>
    public static async Task<TestAccount> SignUpAsync(this HttpClient http, string? email = null, string workspace = "Test workspace")
    {
        email ??= $"person{Interlocked.Increment(ref _people)}@example.com";
        const string password = "correct horse battery 1A!";
        var json = await http.CallAsync(HttpMethod.Post, "/api/v1/signup", null, new { email, password, workspace_name = workspace }, HttpStatusCode.Created);
        return new(email, password, Text(json, "user", "id"), Text(json, "workspace", "id"), Text(json, "api_key", "key"));
    }

    /// <param name="fields">As in api.md: <c>new { name = "CI", test = true, rpm = 60 }</c>.</param>
    public static async Task<TestKey> CreateKeyAsync(this HttpClient http, TestAccount account, object? fields = null)
    {
        var json = await http.CallAsync(HttpMethod.Post, $"/api/v1/workspaces/{account.WorkspaceId}/keys", account.Key, fields ?? new { name = "Test key" }, HttpStatusCode.Created);
        return new(Text(json, "id"), Text(json, "key"), json);
    }

    /// <summary>Connects a provider at an address of the test's.</summary>
    /// <param name="kind">The dialect of a provider that HiWay does not know by name: <c>openai</c> or <c>anthropic</c>.</param>
    /// <param name="models">The models of such a provider.</param>
    public static async Task<JsonNode> PutProviderAsync(
        this HttpClient http, TestAccount account, string provider, string baseUrl, string? kind = null, string[]? models = null, string apiKey = "sk-upstream-secret-1234")
    {
        var body = new JsonObject { ["api_key"] = apiKey, ["base_url"] = baseUrl };
        if (kind is not null)
        {
            body["kind"] = kind;
        }

        if (models is not null)
        {
            body["models"] = new JsonArray([.. models.Select(model => (JsonNode)model)]);
        }

        return await http.CallAsync(HttpMethod.Put, $"/api/v1/workspaces/{account.WorkspaceId}/providers/{provider}", account.Key, body);
    }

    /// <summary>One prompt to one model.</summary>
    public static Task<ChatReply> ChatAsync(this HttpClient http, string key, string prompt, string model = "auto", bool stream = false) =>
        http.ChatAsync(key, new { model, stream, messages = new[] { new { role = "user", content = prompt } } });

    /// <param name="body">The whole body: an object, or a string sent as it is.</param>
    public static async Task<ChatReply> ChatAsync(this HttpClient http, string key, object body, CancellationToken cancellationToken = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions");
        request.Headers.Authorization = new("Bearer", key);
        request.Content = body is string text ? new StringContent(text, Encoding.UTF8, "application/json") : JsonContent.Create(body);
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        var answer = await response.Content.ReadAsStringAsync(cancellationToken);
        var events = response.Content.Headers.ContentType?.MediaType == "text/event-stream"
            ? answer.Split('\n').Where(line => line.StartsWith("data:", StringComparison.Ordinal)).Select(line => line[5..].Trim()).ToArray()
            : [];
        return new(response.StatusCode, response.Headers, answer, events);
    }

    /// <summary>The newest rows of the request log. Rows arrive a moment after their answer, so this waits until there are as many as expected.</summary>
    public static async Task<IReadOnlyList<JsonNode>> RequestRowsAsync(this HttpClient http, TestAccount account, int expected = 1, string query = "")
    {
        var patience = Stopwatch.StartNew();
        while (true)
        {
            var page = await http.CallAsync(HttpMethod.Get, $"/api/v1/workspaces/{account.WorkspaceId}/requests?limit=100{query}", account.Key);
            var rows = page["data"]!.AsArray();
            if (rows.Count >= expected || patience.Elapsed > Patience.Limit)
            {
                return [.. rows.Select(row => row!)];
            }

            await Task.Delay(50);
        }
    }

    /// <summary>A management call that is expected to succeed.</summary>
    /// <param name="path">From the root: <c>/api/v1/me</c>.</param>
    /// <param name="body">Sent as JSON; null sends none.</param>
    public static async Task<JsonNode> CallAsync(
        this HttpClient http, HttpMethod method, string path, string? key, object? body = null, HttpStatusCode? expected = null)
    {
        using var response = await http.TryCallAsync(method, path, key, body);
        var text = await response.Content.ReadAsStringAsync();
        var good = expected is null ? response.IsSuccessStatusCode : response.StatusCode == expected;
        Assert.True(good, $"{method} {path} answered {(int)response.StatusCode}: {text}");
        return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!;
    }

    /// <summary>A call whose answer is the point of the test.</summary>
    public static Task<HttpResponseMessage> TryCallAsync(this HttpClient http, HttpMethod method, string path, string? key, object? body = null)
    {
        var request = new HttpRequestMessage(method, path);
        if (key is not null)
        {
            request.Headers.Authorization = new("Bearer", key);
        }

        if (body is not null)
        {
            request.Content = body is string text ? new StringContent(text, Encoding.UTF8, "application/json") : JsonContent.Create(body);
        }

        return http.SendAsync(request);
    }

    private static string Text(JsonNode json, params string[] path)
    {
        var at = json;
        foreach (var name in path)
        {
            at = at[name] ?? throw new InvalidOperationException($"No '{string.Join('.', path)}' in {json.ToJsonString()}");
        }

        return at.GetValue<string>();
    }
}
