namespace HiWay.Web.Gateway;

/// <summary>One piece of the answer to a call that this process makes itself.</summary>
/// <param name="Status">HTTP status of the call; the same on every event.</param>
/// <param name="Json">
/// A whole JSON text: the data of one event of the route's dialect (one of the last with `_hiway`), a whole answer when the body did not ask for a stream,
/// or an error envelope.
/// </param>
public readonly record struct InProcessEvent(int Status, string Json)
{
    public bool IsError => Status >= 400 || Json.StartsWith("{\"error\"", StringComparison.Ordinal) || Json.StartsWith("{\"type\":\"error\"", StringComparison.Ordinal);
}
