using System.Diagnostics;
using System.Text.Json;
using HiWay.Web.Components.Snippets;
using Xunit;

namespace HiWay.Tests.Components;

/// <summary>The code of every route is code: each language's own tool reads it, whatever the prompt holds.</summary>
public sealed class CallRoutesTests
{
    private const string Nasty = "It's \"quoted\" \\ $HOME `id` %s {0}\nline two\ttab emoji 🙂 </script>";

    public static TheoryData<string, bool> Calls
    {
        get
        {
            var calls = new TheoryData<string, bool>();
            foreach (var route in CallRoutes.All)
            {
                calls.Add(route.Endpoint, true);
                calls.Add(route.Endpoint, false);
            }

            return calls;
        }
    }

    [Theory, MemberData(nameof(Calls))]
    public void Curl_SendsJsonToTheRoute_WithThePromptAsItIs(string endpoint, bool stream)
    {
        var curl = Code(endpoint, stream, "curl");

        // A function named curl prints its arguments' last one, so the shell's own quoting rules are what is tested.
        using var body = JsonDocument.Parse(Run("bash", "-c", "curl() { printf '%s' \"${@: -1}\"; }\n" + curl));

        Assert.Contains($"https://hiway.example.com{endpoint} ", curl, StringComparison.Ordinal);
        Assert.Equal("acme/m1", body.RootElement.GetProperty("model").GetString());
        Assert.Contains(Nasty, Texts(body.RootElement));
    }

    [Theory, MemberData(nameof(Calls))]
    public void Python_IsPython_AndHoldsThePrompt(string endpoint, bool stream)
    {
        const string read = """
            import ast, json, sys
            print(json.dumps([n.value for n in ast.walk(ast.parse(sys.argv[1])) if isinstance(n, ast.Constant) and isinstance(n.value, str)]))
            """;

        Assert.Contains(Nasty, JsonSerializer.Deserialize<string[]>(Run("python3", "-c", read, Code(endpoint, stream, "python")))!);
    }

    [Theory, MemberData(nameof(Calls))]
    public void TypeScript_CallsItsClient_WithThePrompt(string endpoint, bool stream)
    {
        const string read = """
            const code = process.argv[1].replace(/^import .*$/gm, "");
            const create = body => { console.log(JSON.stringify(body)); process.exit(0); };
            const Client = class { chat = { completions: { create } }; responses = { create }; messages = { create, stream: create }; embeddings = { create }; images = { generate: create }; };
            new (Object.getPrototypeOf(async function () {}).constructor)("OpenAI", "Anthropic", code)(Client, Client);
            """;

        using var body = JsonDocument.Parse(Run("node", "-e", read, Code(endpoint, stream, "typescript")));

        Assert.Equal("acme/m1", body.RootElement.GetProperty("model").GetString());
        Assert.Contains(Nasty, Texts(body.RootElement));
    }

    [Fact]
    public void Models_ShowCodeForTheirOwnRoutesOnly()
    {
        Assert.Equal(["Embeddings"], CallRoutes.Of(["/v1/embeddings"]).Select(route => route.Name));
        Assert.Equal(["Images"], CallRoutes.Of(["/v1/images/edits", "/v1/images/generations"]).Select(route => route.Name));
        Assert.Equal(["Chat", "Messages"], CallRoutes.Of(["/v1/messages", "/v1/chat/completions"]).Select(route => route.Name));
    }

    [Fact]
    public void EveryLanguage_IsThere_WithTheKeyFromTheEnvironment() =>
        Assert.All(CallRoutes.All, route =>
        {
            var code = route.Code(new ChatSnippet("https://h", "m"));
            Assert.Equal(["curl", "python", "typescript", "csharp"], code.Select(snippet => snippet.Id));
            Assert.All(code, snippet => Assert.Contains(ChatSnippet.KeyVariable, snippet.Code, StringComparison.Ordinal));
        });

    private static string Code(string endpoint, bool stream, string language) =>
        CallRoutes.All.Single(route => route.Endpoint == endpoint).Code(new ChatSnippet("https://hiway.example.com/", "acme/m1")
        {
            Messages = [new("system", "Be brief."), new("user", Nasty)], Stream = stream, Temperature = 0.2, MaxTokens = 64,
        }).Single(snippet => snippet.Id == language).Code;

    private static IEnumerable<string?> Texts(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member => Texts(member.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Texts),
        JsonValueKind.String => [element.GetString()],
        _ => [],
    };

    private static string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        Array.ForEach(arguments, start.ArgumentList.Add);
        Process? process = null;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip($"{program} is not installed here, so its snippets cannot be read with it.");
        }

        using (process)
        {
            var errors = process!.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, $"{program} refused the code: {errors.Result}");
            return output;
        }
    }
}
