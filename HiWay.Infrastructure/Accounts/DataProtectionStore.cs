using System.Xml.Linq;
using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Entities;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.EntityFrameworkCore;

namespace HiWay.Infrastructure.Accounts;

/// <summary>Keeps the keys that sign cookies and links in PostgreSQL: sessions outlive a restart and are valid on every node.</summary>
internal sealed class DataProtectionStore(IDbContextFactory<HiWayDb> databases) : IXmlRepository
{
    // The interface is synchronous; it is called at start and when a key is renewed every ninety days.
    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var db = databases.CreateDbContext();
        return db.Set<DataProtectionKeyRow>().AsNoTracking().Select(row => row.Xml).AsEnumerable().Select(xml => XElement.Parse(xml)).ToList();
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        using var db = databases.CreateDbContext();
        db.Set<DataProtectionKeyRow>().Add(new DataProtectionKeyRow { FriendlyName = friendlyName, Xml = element.ToString(SaveOptions.DisableFormatting) });
        db.SaveChanges();
    }
}
