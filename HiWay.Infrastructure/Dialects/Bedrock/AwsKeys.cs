using HiWay.Infrastructure.Credentials;

namespace HiWay.Infrastructure.Dialects.Bedrock;

/// <summary>
/// What proves to AWS who asks. A credential is stored as one text: a Bedrock API key as it is, or the parts of an access key between colons, a
/// sign that none of the parts can hold: <c>AKIA…:secret</c> or, for temporary ones, <c>ASIA…:secret:session token</c>.
/// </summary>
internal readonly record struct AwsKeys(string AccessKeyId, string SecretAccessKey, string? SessionToken)
{
    public const int LeastIdLength = 16;

    /// <summary>Null for a Bedrock API key, which is shown as a bearer token and signs nothing.</summary>
    public static AwsKeys? Parse(Secret stored)
    {
        var parts = stored.Reveal().Split(':');
        return parts is [{ Length: >= LeastIdLength } id, { Length: > 0 } secret, ..] ? new(id, secret, parts is [_, _, { Length: > 0 } token] ? token : null) : null;
    }

    public static string Join(string accessKeyId, string secretAccessKey, string? sessionToken) =>
        string.IsNullOrEmpty(sessionToken) ? $"{accessKeyId}:{secretAccessKey}" : $"{accessKeyId}:{secretAccessKey}:{sessionToken}";

    public override string ToString() => "***";
}
