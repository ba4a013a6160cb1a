using System.Text;
using HiWay.Infrastructure.Metering.Rollups;

namespace HiWay.Infrastructure.Metering.Reading;

/// <summary>
/// The hours that can hold rows of a filter, told by the totals, which say of each hour which keys, models, users and tags called and
/// whether calls failed. Only those hours of the log are read, so the log needs no index for what it is filtered by (docs/decisions/0022).
/// </summary>
/// <param name="workspace">The parameter that holds the workspace's id.</param>
internal sealed class BusyHours(string workspace)
{
    private readonly StringBuilder _calls = new();
    private readonly StringBuilder _range = new();
    private readonly List<(string Kind, string Subject)> _attributed = [];

    /// <summary>All hours can hold some; nothing that the totals know is asked for.</summary>
    public bool AreAll => _calls.Length == 0 && _attributed.Count == 0;

    /// <param name="condition">On the columns of <c>usage_rollups</c>.</param>
    public void Where(string condition) => _calls.Append(" AND ").Append(condition);

    /// <param name="kind"><see cref="RollupBatch.User"/> or <see cref="RollupBatch.Tag"/>.</param>
    /// <param name="subject">The parameter that holds it.</param>
    public void Attributed(string kind, string subject) => _attributed.Add((kind, subject));

    /// <param name="instant">A parameter; only hours that it or something later is in.</param>
    public void From(string instant) => _range.Append(" AND start > ").Append(instant).Append("::timestamptz - interval '1 hour'");

    /// <param name="instant">A parameter; only hours that begin no later.</param>
    public void To(string instant) => _range.Append(" AND start <= ").Append(instant).Append("::timestamptz");

    /// <summary>A query of one column, <c>start</c>: the first instant of each hour, latest first.</summary>
    public string Sql()
    {
        var parts = _attributed.Select(subject => Part("usage_attribution", $" AND kind = '{subject.Kind}' AND subject = {subject.Subject}"));
        if (_calls.Length > 0)
        {
            parts = parts.Append(Part("usage_rollups", _calls.ToString()));
        }

        return string.Join(" INTERSECT ", parts) + " ORDER BY start DESC";
    }

    private string Part(string table, string conditions) =>
        $"SELECT DISTINCT start FROM {table} WHERE workspace_id = {workspace} AND granularity = '{RollupBatch.Hour}'{_range}{conditions}";
}
