using HiWay.Domain.Alerts;

namespace HiWay.Tests.Alerts;

public sealed class WebhookSignatureTests
{
    /// <summary>The example that the reference libraries test themselves with (github.com/standard-webhooks/standard-webhooks, libraries/go/webhook_test.go).</summary>
    [Fact]
    public void StandardSignature_IsThatOfTheReferenceLibraries() => Assert.Equal(
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        WebhookSignature.Standard(["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], "msg_p5jXN8AQM9LWM0D4loKWxJek", DateTimeOffset.FromUnixTimeSeconds(1614265330), """{"test": 2432232314}"""));

    /// <summary>Expected: <c>printf '1614265330.{"test": 2432232314}' | openssl dgst -sha256 -hmac whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw</c>.</summary>
    [Fact]
    public void OwnSignature_IsWhatOpensslMakes() => Assert.Equal(
        "t=1614265330,v1=2e37df5d4a028c51a7f3133d64ae1e300d2c2c900f1b1d49d4369ad2530f8964",
        WebhookSignature.HiWay(["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], DateTimeOffset.FromUnixTimeSeconds(1614265330), """{"test": 2432232314}"""));

    [Fact]
    public void DuringARotation_BothSecretsSign()
    {
        var (fresh, old, at) = (WebhookSecret.New(), WebhookSecret.New(), DateTimeOffset.FromUnixTimeSeconds(1614265330));

        Assert.Equal($"{WebhookSignature.Standard([fresh], "evt_1", at, "{}")} {WebhookSignature.Standard([old], "evt_1", at, "{}")}", WebhookSignature.Standard([fresh, old], "evt_1", at, "{}"));
        Assert.Equal(2, WebhookSignature.HiWay([fresh, old], at, "{}").Split("v1=").Length - 1);
    }

    [Theory]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 24)]
    [InlineData("whsec_", null)]
    [InlineData("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", null)]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa", null)]       // cut
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", null)]
    public void Secret_IsBase64Of24To64Bytes(string secret, int? bytes) => Assert.Equal(bytes, WebhookSecret.KeyOf(secret)?.Length);
}
