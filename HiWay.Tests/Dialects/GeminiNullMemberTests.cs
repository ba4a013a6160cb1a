using System.Text;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Providers;

namespace HiWay.Tests.Dialects;

/// <summary>A member that is null says nothing; what stands behind it counts all the same.</summary>
public sealed class GeminiNullMemberTests
{
    [Theory]
    [InlineData("""{"role":null,"parts":[{"functionCall":{"id":null,"name":"look","args":{"x":1}}}]}""")]
    [InlineData("""{"parts":[{"functionCall":{"name":"look","willContinue":null,"args":{"x":1}}}],"role":"model"}""")]
    public void ACallBehindANull_IsRead(string content)
    {
        var sink = new CollectingSink();
        UpstreamDialects.For(UpstreamDialect.Gemini).ReadAnswer(Encoding.UTF8.GetBytes(
            $$$"""{"candidates":[{"content":{{{content}}},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":3,"totalTokenCount":12}}"""), sink);

        Assert.Equal([new SeenCall("look", SeenAnswer.Canonical("""{"x":1}"""))], sink.Seen.Calls);
    }
}
