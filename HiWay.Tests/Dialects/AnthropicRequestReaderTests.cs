using System.Text;
using System.Text.Json.Nodes;
using HiWay.Domain.Catalogue;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.AnthropicMessages;
using HiWay.Infrastructure.Dialects.Inner;

namespace HiWay.Tests.Dialects;

/// <summary>What an Anthropic client says reaches providers of other dialects, and what cannot is named.</summary>
public sealed class AnthropicRequestReaderTests
{
    private const string Pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

    [Fact]
    public void SystemBlocks_AndSettings_KeepTheirMeaning()
    {
        var (body, dropped) = Translate("""
            {"model":"m","max_tokens":100,"system":[{"type":"text","text":"Be kind."},{"type":"text","text":"Be brief."}],"messages":[{"role":"user","content":"Hi"}],
             "temperature":0.5,"top_p":0.9,"stop_sequences":["a","b"],"metadata":{"user_id":"u1"},"service_tier":"standard_only","output_config":{"effort":"low"}}
            """);

        Assert.Equal("""[{"role":"system","content":[{"type":"text","text":"Be kind."},{"type":"text","text":"Be brief."}]},{"role":"user","content":"Hi"}]""", body["messages"]!.ToJsonString());
        Assert.Equal((100, 0.5, 0.9, "u1", "default", "low"),
            ((int)body["max_completion_tokens"]!, (double)body["temperature"]!, (double)body["top_p"]!, (string?)body["user"], (string?)body["service_tier"], (string?)body["reasoning_effort"]));
        Assert.Equal("""["a","b"]""", body["stop"]!.ToJsonString());
        Assert.Empty(dropped);
    }

    [Fact]
    public void AToolResultWithAPicture_IsTextForTheTool_AndThePictureForTheUser()
    {
        var (body, dropped) = Translate($$$"""
            {"model":"m","max_tokens":100,"messages":[
              {"role":"user","content":"Look."},
              {"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"shot","input":{"n":1}},{"type":"tool_use","id":"t2","name":"clock","input":{}}]},
              {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"Here."},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"{{{Pixel}}}"}}]},
                {"type":"tool_result","tool_use_id":"t2","content":"broken","is_error":true},{"type":"text","text":"And?"}]}]}
            """);

        var messages = body["messages"]!.AsArray();
        Assert.Equal(["user", "assistant", "tool", "tool", "user", "user"], messages.Select(message => (string)message!["role"]!));
        Assert.Equal(("t1", "Here."), ((string)messages[2]!["tool_call_id"]!, (string)messages[2]!["content"]!));
        Assert.Equal(("t2", "Error: broken"), ((string)messages[3]!["tool_call_id"]!, (string)messages[3]!["content"]!));
        Assert.Equal($"data:image/png;base64,{Pixel}", (string)messages[4]!["content"]![1]!["image_url"]!["url"]!);
        Assert.Contains("t1", (string)messages[4]!["content"]![0]!["text"]!, StringComparison.Ordinal);
        Assert.Equal("And?", (string)messages[5]!["content"]!);
        Assert.Empty(dropped);
    }

    [Fact]
    public void Documents_Pictures_AndSearchResults_AreCarried()
    {
        var request = Read("""
            {"model":"m","max_tokens":1,"messages":[{"role":"user","content":[
              {"type":"document","title":"a.pdf","source":{"type":"base64","media_type":"application/pdf","data":"JVBERi0="},"citations":{"enabled":true}},
              {"type":"document","source":{"type":"url","url":"https://example.com/b.pdf"}},
              {"type":"document","title":"c.txt","source":{"type":"text","media_type":"text/plain","data":"plain words"}},
              {"type":"document","source":{"type":"content","content":[{"type":"text","text":"inner"}]}},
              {"type":"image","source":{"type":"url","url":"https://example.com/d.png"}},
              {"type":"search_result","source":"https://e","title":"E","content":[{"type":"text","text":"found"}],"citations":{"enabled":false}}]}]}
            """);

        var parts = request.Messages[0].Parts;
        Assert.Equal(new FilePart(null, "application/pdf", "JVBERi0=", null, "a.pdf"), parts[0]);
        Assert.Equal(new FilePart("https://example.com/b.pdf", "application/pdf", null, null, null), parts[1]);
        Assert.Equal("plain words", Encoding.UTF8.GetString(Convert.FromBase64String(Assert.IsType<FilePart>(parts[2]).Base64!)));
        Assert.Equal(new TextPart("inner"), parts[3]);
        Assert.Equal(new ImagePart("https://example.com/d.png", null, null), parts[4]);
        Assert.Equal(new TextPart("E (https://e)\nfound"), parts[5]);
        Assert.Equal(["messages[0].content[0].citations"], request.NotCarried);
    }

    [Fact]
    public void ATextDocument_IsTextForOpenAi_WhoseFilesArePdfs()
    {
        var (body, _) = Translate("""
            {"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"type":"document","title":"c.txt","source":{"type":"text","media_type":"text/plain","data":"plain words"}},{"type":"text","text":"?"}]}]}
            """);

        Assert.Equal("c.txt\nplain words", (string?)body["messages"]![0]!["content"]![0]!["text"]);
    }

    [Fact]
    public void WhatOnlyAnthropicKnows_IsNamed_AndNotSent()
    {
        var (body, dropped) = Translate("""
            {"model":"m","max_tokens":1,"top_k":5,"container":"c","mcp_servers":[],"system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral"}}],
             "messages":[{"role":"user","content":[{"type":"container_upload","file_id":"f"},{"type":"text","text":"?"}]}],
             "tools":[{"type":"web_search_20250305","name":"web_search"},{"name":"f","input_schema":{"type":"object"}}]}
            """);

        Assert.Equal(["container", "max_completion_tokens", "mcp_servers", "messages[0].content[0].cache_control", "messages[1].content[0]", "model", "tools[0]", "top_k"],
            dropped.Concat(body.Select(member => member.Key).Where(name => name is "model" or "max_completion_tokens" or "container" or "top_k")).Order(StringComparer.Ordinal));
        Assert.Equal("f", (string?)Assert.Single(body["tools"]!.AsArray())!["function"]!["name"]);
        Assert.Single(body["messages"]![1]!["content"]!.AsArray());
    }

    [Fact]
    public void WhatAModelOfOpenAiRefuses_IsLeftOutAndNamed()
    {
        var deployment = Deployments.OpenAi("gpt-4o");
        const string asked = """{"model":"m","max_tokens":1,"temperature":0.2,"stop_sequences":["1","2","3","4","5"],"messages":[{"role":"user","content":"?"}],"thinking":{"type":"enabled","budget_tokens":2048}}""";

        var (plain, droppedOfPlain) = AnthropicReferenceTests.Translate(asked, deployment with
        {
            Model = deployment.Model with { CapabilitiesKnown = true, Capabilities = ModelCapabilities.Temperature },
        });
        var (thinking, droppedOfThinking) = AnthropicReferenceTests.Translate(asked, deployment with
        {
            Model = deployment.Model with { CapabilitiesKnown = true, Capabilities = ModelCapabilities.Reasoning },
        });

        Assert.Equal((0.2, 4, null), ((double?)plain["temperature"], plain["stop"]!.AsArray().Count, plain["reasoning_effort"]));
        Assert.Equal(["reasoning_effort", "stop"], droppedOfPlain.Order(StringComparer.Ordinal));
        Assert.Equal((null, null, "low"), (thinking["temperature"], thinking["stop"], (string?)thinking["reasoning_effort"]));
        Assert.Equal(["stop", "temperature"], droppedOfThinking.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("gpt-5-mini", "minimal")]
    [InlineData("gpt-5.1", "none")]
    [InlineData("o4-mini", "low")]
    public void NoThinking_IsTheLeastThatTheModelTakes(string model, string effort)
    {
        var (body, _) = AnthropicReferenceTests.Translate(
            """{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"?"}],"thinking":{"type":"disabled"}}""", Deployments.OpenAi(model));

        Assert.Equal(effort, (string?)body["reasoning_effort"]);
    }

    [Theory]
    [InlineData("""{"type":"enabled","budget_tokens":2048}""", "low")]
    [InlineData("""{"type":"enabled","budget_tokens":30000}""", "high")]
    [InlineData("""{"type":"adaptive"}""", "high")]
    [InlineData("""{"type":"disabled"}""", "minimal")]
    public void Thinking_BecomesAnEffort(string thinking, string effort)
    {
        var (body, _) = Translate($$"""{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"?"}],"thinking":{{thinking}}}""");

        Assert.Equal(effort, (string?)body["reasoning_effort"]);
    }

    [Fact]
    public void FilesThatOpenAiCannotReach_AreNamed_AndInlineOnesAreGivenAName()
    {
        var (body, dropped) = Translate("""
            {"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"type":"document","source":{"type":"file","file_id":"file_1"}},
              {"type":"document","source":{"type":"url","url":"https://example.com/b.pdf"}},{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBERi0="}}]}]}
            """);

        Assert.Equal("""[{"type":"file","file":{"filename":"document.pdf","file_data":"data:application/pdf;base64,JVBERi0="}}]""", body["messages"]![0]!["content"]!.ToJsonString());
        Assert.Equal(["messages[0].content[0]", "messages[0].content[1]"], dropped);
    }

    [Theory]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[]}],"cache_control":{"type":"ephemeral"}}""", "messages[0].content")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"?"}]}""", "max_tokens")]
    [InlineData("""{"model":"m","max_tokens":0,"messages":[{"role":"user","content":"?"}]}""", "max_tokens")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[]}""", "messages")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[{"role":"tool","content":"?"}]}""", "messages[0].role")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[{"role":"user"}]}""", "messages[0].content")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"text":"?"}]}]}""", "messages[0].content[0].type")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"type":"image","source":{"type":"disk"}}]}]}""", "messages[0].content[0].source.type")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"?"}],"tools":[{"name":"f"}]}""", "tools[0].input_schema")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"?"}],"tool_choice":"auto"}""", "tool_choice")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"?"}],"stop_sequences":"x"}""", "stop_sequences")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"?"}],"system":5}""", "system")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"?"}],"thinking":{"type":"enabled"}}""", "thinking.budget_tokens")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"?"}],"output_config":{"format":{"type":"xml"}}}""", "output_config.format.type")]
    public void AWrongField_IsNamed(string body, string param) =>
        Assert.Equal(param, Assert.Throws<InvalidChatRequestException>(() => Read(body)).Param);

    [Fact]
    public void CountingTokens_NeedsNoLimit() =>
        Assert.Null(AnthropicRequestReader.Read("""{"model":"m","messages":[{"role":"user","content":"?"}]}"""u8, countsOnly: true).MaxOutputTokens);

    [Fact]
    public void AMarkOnTheWholeRequest_StandsForOneOnItsLastBlock() => Assert.Equal("ephemeral",
        Read("""{"model":"m","max_tokens":1,"cache_control":{"type":"ephemeral"},"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]}""")
            .Messages[0].Parts[1].CacheControl!.Value.GetProperty("type").GetString());

    private static ChatRequest Read(string body) => AnthropicRequestReader.Read(Encoding.UTF8.GetBytes(body));

    private static (JsonObject Body, List<string> Dropped) Translate(string body) => AnthropicReferenceTests.Translate(body, Deployments.OpenAi());
}
