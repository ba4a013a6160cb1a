using System.Text.Json;
using HiWay.Web.Accounts;

namespace HiWay.Web.Management;

/// <summary>The signed-in person's passkeys. Adding one takes two calls, with the browser's own dialog between them.</summary>
internal static class PasskeysResource
{
    internal sealed record ChallengeBody(string? Name = null, string? Password = null);

    /// <param name="Credential">What <c>navigator.credentials.create</c> answered, in the JSON of its <c>toJSON()</c>.</param>
    internal sealed record NewBody(string? Name = null, string? State = null, JsonElement? Credential = null);

    internal sealed record NameBody(string? Name = null);

    public static void MapPasskeys(this IEndpointRouteBuilder root)
    {
        root.MapGet("/session/passkeys", ReadAsync).For(Caller.User);
        root.MapPost("/session/passkeys", AddAsync).For(Caller.User);
        root.MapPost("/session/passkeys/challenge", AskAsync).For(Caller.User);
        root.MapPatch("/session/passkeys/{id}", RenameAsync).For(Caller.User);
        root.MapDelete("/session/passkeys/{id}", RemoveAsync).For(Caller.User);
    }

    private static async Task<IResult> ReadAsync(Passkeys passkeys) => (await passkeys.ListAsync()).List();

    private static async Task<IResult> AskAsync(JsonBody<ChallengeBody> body, Passkeys passkeys) => (await passkeys.AskForNewAsync(body.Value.Name, body.Value.Password)).Ok();

    private static async Task<IResult> AddAsync(JsonBody<NewBody> body, Passkeys passkeys) =>
        (await passkeys.AddAsync(body.Value.Name, body.Value.Credential?.GetRawText(), body.Value.State)).Created();

    private static async Task<IResult> RenameAsync(string id, JsonBody<NameBody> body, Passkeys passkeys) => (await passkeys.RenameAsync(id, body.Value.Name)).Ok();

    private static async Task<IResult> RemoveAsync(string id, Passkeys passkeys) => (await passkeys.RemoveAsync(id)).NoContent();
}
