using System.Buffers.Text;
using System.Data.Common;
using System.Security.Cryptography;

namespace Das.Control.Access;

/// <summary>Keys of programs: <c>das_</c> and 256 random bits, of which only the SHA-256 is kept.</summary>
public sealed class ApiKeys(IDbContextFactory<RegistryContext> registry)
{
    public const string Prefix = "das_";
    private const int KeyBytes = 32;
    private static readonly TimeSpan UsedPace = TimeSpan.FromMinutes(1);

    public async Task<IReadOnlyList<ApiKeyRow>> ListAsync()
    {
        await using RegistryContext rows = await registry.CreateDbContextAsync();
        return await rows.ApiKeys.AsNoTracking().OrderBy(key => key.Name).ToListAsync();
    }

    /// <returns>The key, which nobody can be told again.</returns>
    /// <exception cref="DasException">The name or the role cannot be used.</exception>
    public async Task<string> AddAsync(string name, string role)
    {
        if (name.Length is 0 or > 64 || name.Any(char.IsControl)) throw new DasException(ErrorKind.Usage, "A key's name has 1 to 64 characters.");
        await using RegistryContext rows = await registry.CreateDbContextAsync();
        if (await rows.ApiKeys.AnyAsync(known => known.Name == name))
            throw new DasException(ErrorKind.Usage, $"There is a key '{name}' already. Remove it first: das keys remove {name}.");
        string key = Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(KeyBytes));
        rows.ApiKeys.Add(new() { Sha256 = DigestOf(key), Name = name, Role = Roles.Check(role), Created = DateTime.UtcNow });
        await rows.SaveChangesAsync();
        return key;
    }

    /// <exception cref="DasException">There is no such key.</exception>
    public async Task RemoveAsync(string name)
    {
        await using RegistryContext rows = await registry.CreateDbContextAsync();
        if (await rows.ApiKeys.Where(key => key.Name == name).ExecuteDeleteAsync() == 0)
            throw new DasException(ErrorKind.Usage, $"There is no key '{name}'. Known: {string.Join(", ", (await ListAsync()).Select(key => key.Name))}.");
    }

    /// <summary>The row of <paramref name="key"/>, whose use is written down once a minute; null if there is none.</summary>
    public async Task<ApiKeyRow?> FindAsync(string key)
    {
        string digest = DigestOf(key);
        await using RegistryContext rows = await registry.CreateDbContextAsync();
        ApiKeyRow? found = await rows.ApiKeys.AsNoTracking().SingleOrDefaultAsync(row => row.Sha256 == digest);
        if (found is null) return null;
        DateTime now = DateTime.UtcNow, before = now - UsedPace;
        if (found.Used is null || found.Used < before)
            try
            {
                await rows.ApiKeys.Where(row => row.Sha256 == digest && (row.Used == null || row.Used < before))
                    .ExecuteUpdateAsync(row => row.SetProperty(known => known.Used, now));
            }
            catch (DbException) { /* A full disk closes no door. */ }
        return found;
    }

    private static string DigestOf(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
}
