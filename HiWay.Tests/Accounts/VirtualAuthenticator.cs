using HiWay.Tests.Harness;
using Microsoft.Playwright;

namespace HiWay.Tests.Accounts;

/// <summary>A device that keeps passkeys, as Chromium plays one for the tab that it is plugged into.</summary>
internal sealed class VirtualAuthenticator
{
    private readonly ICDPSession _devTools;
    private readonly string _id;

    private VirtualAuthenticator(ICDPSession devTools, string id) => (_devTools, _id) = (devTools, id);

    /// <param name="tab">Its other tabs do not see the device.</param>
    public static async Task<VirtualAuthenticator> PlugIntoAsync(Tab tab)
    {
        var devTools = await tab.Context.NewCDPSessionAsync(tab.Page);
        await devTools.SendAsync("WebAuthn.enable");
        var added = await devTools.SendAsync("WebAuthn.addVirtualAuthenticator", new Dictionary<string, object>
        {
            ["options"] = new Dictionary<string, object>
            {
                ["protocol"] = "ctap2",
                ["transport"] = "internal",
                ["hasResidentKey"] = true,
                ["hasUserVerification"] = true,
                ["isUserVerified"] = true,
                ["automaticPresenceSimulation"] = true,
            },
        });
        return new VirtualAuthenticator(devTools, added!.Value.GetProperty("authenticatorId").GetString()!);
    }

    /// <summary>Whether it knows its owner when it asks for a finger or a PIN.</summary>
    public Task KnowOwnerAsync(bool known) =>
        _devTools.SendAsync("WebAuthn.setUserVerified", new Dictionary<string, object> { ["authenticatorId"] = _id, ["isUserVerified"] = known });
}
