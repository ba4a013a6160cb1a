namespace HiWay.Infrastructure.Audit;

/// <summary>Cuts two sets of facts down to what differs, which is what the audit log keeps.</summary>
internal static class AuditChanges
{
    /// <returns>Two empty sets when nothing changed.</returns>
    public static (IReadOnlyDictionary<string, string?> Old, IReadOnlyDictionary<string, string?> New) Between(
        IReadOnlyDictionary<string, string?> before, IReadOnlyDictionary<string, string?> after)
    {
        var changed = before.Keys.Union(after.Keys).Where(name => before.GetValueOrDefault(name) != after.GetValueOrDefault(name)).ToList();
        return (changed.ToDictionary(name => name, before.GetValueOrDefault), changed.ToDictionary(name => name, after.GetValueOrDefault));
    }
}
