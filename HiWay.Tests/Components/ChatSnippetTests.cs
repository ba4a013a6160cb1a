using System.Diagnostics;
using System.Text.Json;
using HiWay.Web.Components.Snippets;
using Xunit;

namespace HiWay.Tests.Components;

/// <summary>Code that people copy must be code: each language's own tool reads it, whatever the prompt holds.</summary>
public sealed class ChatSnippetTests
{
    private const string Nasty = "It's \"quoted\" \\ $HOME `id` %s {0}\nline two\ttab \u2028 emoji 🙂 ümlaut </script>";

    private static readonly ChatSnippet Plain = new("http://127.0.0.1:5080/", "auto");

    private static readonly ChatSnippet Full = new("https://hiway.example.com", "groq/llama-3.3-70b")
    {
        Messages = [new("system", "Be brief."), new("user", Nasty), new("assistant", "No."), new("user", "Why?")],
        Stream = true,
        Temperature = 0.2,
        MaxTokens = 256,
    };

    public static TheoryData<string> Calls => ["plain", "full", "with_key"];

    private static ChatSnippet Named(string name) => name switch
    {
        "plain" => Plain,
        "full" => Full,
        _ => Full with { ApiKey = "hw_live_0123456789abcdef0123456789abcdef", Stream = false },
    };

    [Theory, MemberData(nameof(Calls))]
    public void TheCurlBody_IsJsonThatHoldsExactlyTheMessages_AfterTheShellHasReadIt(string name)
    {
        var call = Named(name);
        var curl = ChatSnippets.Curl(call).Code;

        // A function named curl prints its last argument, so the shell's own quoting rules are what is tested.
        var body = Run("bash", ["-c", "curl() { printf '%s' \"${@: -1}\"; }\n" + curl]);

        using var json = JsonDocument.Parse(body);
        Assert.Equal(call.Model, json.RootElement.GetProperty("model").GetString());
        Assert.Equal(call.Messages.Select(m => m.Content), json.RootElement.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("content").GetString()!));
        Assert.Equal(call.Stream, json.RootElement.TryGetProperty("stream", out var stream) && stream.GetBoolean());
    }

    [Theory, MemberData(nameof(Calls))]
    public void Python_ParsesAndItsMessagesAreTheOnesGiven(string name)
    {
        var call = Named(name);
        const string read = """
            import ast, json, sys
            tree = ast.parse(sys.argv[1])
            call = next(n for n in ast.walk(tree) if isinstance(n, ast.Call) and any(k.arg == "messages" for k in n.keywords))
            print(json.dumps([m["content"] for m in ast.literal_eval(next(k.value for k in call.keywords if k.arg == "messages"))]))
            """;

        var contents = JsonSerializer.Deserialize<string[]>(Run("python3", ["-c", read, ChatSnippets.Python(call).Code]))!;

        Assert.Equal(call.Messages.Select(m => m.Content), contents);
    }

    [Theory, MemberData(nameof(Calls))]
    public void TypeScript_RunsWithTheMessagesGiven(string name)
    {
        var call = Named(name);
        const string read = """
            const code = process.argv[1].replace(/^import .*$/m, "");
            const OpenAI = class { chat = { completions: { create: body => { console.log(JSON.stringify(body)); process.exit(0); } } } };
            new (Object.getPrototypeOf(async function () {}).constructor)("OpenAI", code)(OpenAI);
            """;

        using var body = JsonDocument.Parse(Run("node", ["-e", read, ChatSnippets.TypeScript(call).Code]));

        Assert.Equal(call.Messages.Select(m => m.Content), body.RootElement.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("content").GetString()!));
        Assert.Equal(call.MaxTokens, body.RootElement.TryGetProperty("max_tokens", out var most) ? most.GetInt32() : null);
    }

    [Fact]
    public void CSharp_NamesEachRole_AndQuotesWhatThePromptHolds()
    {
        var code = ChatSnippets.CSharp(Full).Code;

        Assert.Contains("new SystemChatMessage(\"Be brief.\")", code, StringComparison.Ordinal);
        Assert.Contains("new UserChatMessage(\"It's \\\"quoted\\\" \\\\ $HOME `id` %s {0}\\nline two\\ttab \\u2028 emoji 🙂 ümlaut </script>\")", code, StringComparison.Ordinal);
        Assert.Contains("new AssistantChatMessage(\"No.\")", code, StringComparison.Ordinal);
        Assert.Contains("Temperature = 0.2f, MaxOutputTokenCount = 256", code, StringComparison.Ordinal);
    }

    [Fact]
    public void WithoutASecret_EveryLanguageReadsTheKeyFromTheEnvironment() =>
        Assert.All(ChatSnippets.All(Plain), s => Assert.Contains(ChatSnippet.KeyVariable, s.Code, StringComparison.Ordinal));

    [Fact]
    public void WithASecret_EveryLanguageHoldsIt_AndNothingElseIsToBeFilledIn() =>
        Assert.All(ChatSnippets.All(Named("with_key")), s =>
        {
            Assert.Contains("hw_live_0123456789abcdef0123456789abcdef", s.Code, StringComparison.Ordinal);
            Assert.DoesNotContain(ChatSnippet.KeyVariable, s.Code, StringComparison.Ordinal);
        });

    [Fact]
    public void AnOriginWithASlash_GivesABaseUrlWithoutADoubleOne() =>
        Assert.All(ChatSnippets.All(Plain), s => Assert.Contains("http://127.0.0.1:5080/v1", s.Code, StringComparison.Ordinal));

    private static string Run(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Started(start);
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} refused the code: {errors.Result}");
        return output;
    }

    private static Process Started(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip($"{start.FileName} is not installed here, so its snippets cannot be read with it.");
            throw;
        }
    }
}
