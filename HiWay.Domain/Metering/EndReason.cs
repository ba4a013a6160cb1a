namespace HiWay.Domain.Metering;

/// <summary>How an answer ended.</summary>
public enum EndReason
{
    /// <summary>The whole answer was delivered.</summary>
    Completed,

    /// <summary>Refused or failed with an error before any content.</summary>
    Error,

    /// <summary>The client went away; what was produced is metered.</summary>
    ClientGone,

    /// <summary>The upstream broke off after content had been delivered.</summary>
    UpstreamCut,

    /// <summary>HiWay itself ended while the call ran; what it may have cost is in the books, because the provider may bill it.</summary>
    NodeLost,
}

public static class EndReasons
{
    /// <summary>As rows, metrics and the API spell it.</summary>
    public static string Text(this EndReason reason) => reason switch
    {
        EndReason.Completed => "completed",
        EndReason.Error => "error",
        EndReason.ClientGone => "client_gone",
        EndReason.UpstreamCut => "upstream_cut",
        EndReason.NodeLost => "node_lost",
    };
}
