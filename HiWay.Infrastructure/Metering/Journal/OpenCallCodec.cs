using HiWay.Domain.Pricing;

namespace HiWay.Infrastructure.Metering.Journal;

/// <summary>A call under way as bytes, in the words of <see cref="UsageEventCodec"/> and as few of them as the books need.</summary>
internal static class OpenCallCodec
{
    private const byte Version = 1;

    /// <summary>A name of a model that is longer stands for none.</summary>
    private const int LongestModel = 96;

    /// <param name="brief">Leaves out what can be long: tags, the end user, most of the name that the caller wrote.</param>
    public static void Write(RecordWriter to, in OpenCall call, bool brief)
    {
        to.Byte(Version);
        to.Text(call.Id);
        to.Long(call.CreatedAt.ToUnixTimeMilliseconds());
        to.Text(call.WorkspaceId);
        to.Text(call.KeyId);
        to.Text(brief ? null : call.EndUser);
        to.Text(call.Dialect);
        to.Text(brief ? Cut(call.RequestedModel) : call.RequestedModel);
        to.Text(brief ? Cut(call.Model) : call.Model);
        to.Text(call.Provider);
        to.Text(call.CredentialId);
        to.Text(call.Tier);
        to.Bool(call.Streamed);
        to.Long(call.Usage.Input);
        to.Long(call.Usage.Output);
        to.Decimal(call.CostUsd);
        to.Bool(call.Unpriced);
        var tags = brief ? 0 : call.Tags.Count;
        to.Long(tags);
        for (var i = 0; i < tags; i++)
        {
            to.Text(call.Tags[i]);
        }
    }

    /// <exception cref="InvalidDataException">The record is of a version that this program does not know.</exception>
    public static OpenCall Read(ReadOnlySpan<byte> record, StringPool strings)
    {
        var from = new RecordReader(record, strings);
        if (from.Byte() is var version and not Version)
        {
            throw new InvalidDataException($"A call under way has version {version}; this program knows version {Version}. A newer HiWay wrote it.");
        }

        // Arguments are evaluated in the order in which they are written, which is the order of the bytes.
        return new OpenCall(
            from.OptionalUniqueText() ?? throw new InvalidDataException("A call under way has no request id."),
            DateTimeOffset.FromUnixTimeMilliseconds(from.Long()), from.Text(), from.OptionalText(), from.OptionalText(), from.Text(), from.Text(),
            from.Text(), from.Text(), from.OptionalText(), from.OptionalText(), from.Bool(),
            new TokenUsage { Input = from.Long(), Output = from.Long() }, from.Decimal(), from.Bool(), from.Texts());
    }

    private static string Cut(string name) => name.Length <= LongestModel ? name : name[..LongestModel];
}
