using HiWay.Domain.Shield;

namespace HiWay.ShieldTrainer;

internal static class Examples
{
    /// <summary>The development set in folds, and the lines that only train.</summary>
    internal static List<Example> Load(string devPath, string ownPath)
    {
        var rows = DevSet.Load(devPath);
        DevSet.AssignFolds(rows);
        rows.AddRange(DevSet.Load(ownPath, extra: true));
        var features = new ShieldFeatures();
        return rows.ConvertAll(row => Example.Of(row, features));
    }
}
