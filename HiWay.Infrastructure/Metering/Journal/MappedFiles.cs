using System.IO.MemoryMappedFiles;

namespace HiWay.Infrastructure.Metering.Journal;

internal static class MappedFiles
{
    /// <summary>A file of zeros, made anew. All its blocks are taken at once: a page that the disk has no room for would end the process.</summary>
    /// <param name="mode">What becomes of a file that is there already.</param>
    /// <exception cref="IOException">The disk has no room for it.</exception>
    public static MemoryMappedFile Create(string path, long bytes, FileMode mode = FileMode.Create)
    {
        using (var file = new FileStream(path, new FileStreamOptions
        {
            Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite | FileShare.Delete, PreallocationSize = bytes, BufferSize = 0,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            file.SetLength(bytes);
        }

        return MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0);
    }
}
