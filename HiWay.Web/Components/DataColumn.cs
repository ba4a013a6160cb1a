using Microsoft.AspNetCore.Components;

namespace HiWay.Web.Components;

/// <summary>One column of a <see cref="DataTable{TItem}"/>; its content is the cell.</summary>
public sealed class DataColumn<TItem> : ComponentBase, IDisposable
{
    [CascadingParameter] public required DataTable<TItem> Table { get; set; }

    [Parameter, EditorRequired] public string Title { get; set; } = "";

    /// <summary>What the column is sorted by; without it the head is no button.</summary>
    [Parameter] public Func<TItem, object?>? SortBy { get; set; }

    /// <summary>The first press sorts from large to small.</summary>
    [Parameter] public bool Descending { get; set; }

    /// <summary>The table starts out sorted by this column.</summary>
    [Parameter] public bool InitialSort { get; set; }

    /// <summary>Right-aligned figures.</summary>
    [Parameter] public bool Numeric { get; set; }

    /// <summary>Further classes: <c>shrink</c>, <c>hide-narrow</c>.</summary>
    [Parameter] public string? Class { get; set; }

    [Parameter] public RenderFragment<TItem>? ChildContent { get; set; }

    internal string? CellClass => Numeric ? $"num {Class}" : Class;

    protected override void OnInitialized() => Table.Add(this);

    public void Dispose() => Table.Remove(this);
}
