using HiWay.Infrastructure.Metering.Journal;
using Npgsql;

namespace HiWay.Infrastructure.Metering.Traces;

/// <summary>Reads a trace from a row of <c>requests</c>, in whichever form it was written.</summary>
internal static class TraceColumns
{
    /// <summary>Of the table <c>r</c>.</summary>
    public const string Columns = "r.trace, r.dropped, r.stages, r.attempt_list";

    /// <param name="first">Where <see cref="Columns"/> begin.</param>
    public static CallTrace Read(NpgsqlDataReader row, int first, StringPool strings) => row.IsDBNull(first)
        ? TraceJson.Read(row.GetString(first + 1), row.GetString(first + 2), row.GetString(first + 3))
        : TraceCodec.Read(row.GetFieldValue<byte[]>(first), strings);
}
